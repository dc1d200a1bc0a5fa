"""What templates draw again and again: swatches, icons, bars, sparklines, times, shares, and a project's tabs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zlib import crc32

from django import template
from django.template.context import Context
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince

from core.charts.shades import channels_of, ink_on
from projects.models import Label, Project, Role

register = template.Library()

ICONS = {
    "arrow": "M4 10h12m-5-5 5 5-5 5",
    "check": "m4 10.5 4 4 8-9",
    "chevron": "m5 8 5 5 5-5",
    "close": "m5 5 10 10M15 5 5 15",
    "columns": "M4 4h12v12H4zM8 4v12m4-12v12",
    "copy": "M7 7V4h9v9h-3M4 7h9v9H4z",
    "down": "M10 4v12m-5-5 5 5 5-5",
    "download": "M10 3v10m-4-4 4 4 4-4M4 17h12",
    "eye": "M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zm8-2a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
    "flag": "M5 17V4h9l-1.5 3.5L14 11H5",
    "grid": "M4 4h5v5H4zm7 0h5v5h-5zM4 11h5v5H4zm7 0h5v5h-5z",
    "inbox": "M3 11.5 5.5 4h9l2.5 7.5V16H3zm0 0h4l1 2h4l1-2h4",
    "key": "M12.5 7.5h.01M8 12l-5 5h3v-2h2v-2l1-1a4.5 4.5 0 1 0-1-1z",
    "minus": "M4 10h12",
    "more": "M4.5 10h.01M10 10h.01M15.5 10h.01",
    "pen": "M4 16v-3l9-9 3 3-9 9zm7-10 3 3",
    "plus": "M10 4v12M4 10h12",
    "search": "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zm3.7 8.7L17 17",
    "split": "M10 17v-6L5 4m5 7 5-7",
    "trash": "M4 6h12M8 6V4h4v2m-6 0 .7 10h6.6L14 6",
    "up": "M10 16V4m-5 5 5-5 5 5",
    "upload": "M10 13V3m-4 4 4-4 4 4M4 17h12",
    "user": "M10 4a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM4 17c.6-3 3-4.5 6-4.5s5.4 1.5 6 4.5",
    "warning": "M10 3 2.5 16.5h15zM10 8v4m0 2.2v.1",
}

TINTS = 8  # of `.avatar` in components.css

# The pages of a project, its address first: those it stands for, and the least role that may open them.
TABS = [
    ("Overview", ("dashboard",), Role.ANNOTATOR),
    ("Items", ("items", "items-bulk", "items-similar", "items-map", "item"), Role.REVIEWER),
    ("Review", ("review", "review-sample"), Role.REVIEWER),
    ("Quality", ("agreement",), Role.REVIEWER),
    ("Model", ("rounds", "round", "rounds-compare", "estimates"), Role.REVIEWER),
    ("People", ("people", "person"), Role.REVIEWER),
    ("Data", ("import", "import-one", "import-columns", "export"), Role.MANAGER),
    ("Settings", ("settings", "webhook", "webhook-new"), Role.MANAGER),
]


@register.inclusion_tag("site/tabs.html", takes_context=True)
def tabs(context: Context, project: Project, role: Role | None) -> dict[str, Any]:
    """The pages of a project that this role may open, the one at hand marked."""
    match = getattr(context.get("request"), "resolver_match", None)
    current = match.url_name if match else None
    return {
        "tabs": [
            {"url": url, "title": title, "current": current in names}
            for title, names, least in TABS
            if role in least.at_least and (url := _url(names[0], project))
        ]
    }


@register.inclusion_tag("site/label_button.html", takes_context=True)
def label_button(context: Context, project: Project, role: Role | None) -> dict[str, Any]:
    """The way to the labelling screen, for those who may label; loud where the page has no other loud button."""
    return {"url": _url("label", project) if role in Role.ANNOTATOR.at_least else None}


def _url(name: str, project: Project) -> str | None:
    try:
        return reverse(name, args=[project.pk])
    except NoReverseMatch:
        return None


@register.filter
def color(label: Label) -> str:
    """The colour that a label is shown in: its own, or the palette's by its position."""
    return label.shown_color


@register.simple_tag
def swatch(color: str) -> SafeString:
    """A small square of a colour; decoration, since the name stands beside it."""
    return format_html(
        '<svg class="swatch" viewBox="0 0 1 1" aria-hidden="true"><rect width="1" height="1" fill="{}"/></svg>', color
    )


@register.simple_tag
def label_name(label: Label) -> SafeString:
    return format_html('<span class="label">{}<span>{}</span></span>', swatch(color(label)), label.name)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A line drawing of one of ICONS; decoration, so give its button a text or an aria-label."""
    path = ICONS[name]
    return format_html('<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="{}"/></svg>', path)


@register.simple_tag
def avatar(name: str) -> SafeString:
    """The first letter of somebody's name in a tint of their own; decoration, since the name stands beside it."""
    tint = crc32(name.encode()) % TINTS + 1
    return format_html('<span class="avatar tint-{}" aria-hidden="true">{}</span>', tint, name[:1].upper())


@register.filter
def pairs(mapping: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Its keys with their values; `.items` would be the value of a key of that name."""
    return mapping.items()


@register.simple_tag
def bar(done: float, total: float, title: str = "Progress") -> SafeString:
    """How much of a total is done, as a progress bar named `title`."""
    finished = " done" if total and done >= total else ""
    return format_html(
        '<progress class="bar{}" value="{}" max="{}" aria-label="{}"></progress>', finished, done, total or 1, title
    )


@register.simple_tag
def sparkline(values: Iterable[float], title: str = "") -> SafeString:
    """A small line of numbers without axes, the last one marked. `title` says in words what it shows."""
    numbers = list(values)
    if len(numbers) < 2:
        return mark_safe("")
    low, span = min(numbers), (max(numbers) - min(numbers)) or 1
    points = [
        (120 * place / (len(numbers) - 1), 22 - 20 * (number - low) / span) for place, number in enumerate(numbers)
    ]
    return format_html(
        '<svg class="sparkline" viewBox="0 0 120 24" role="img" aria-label="{}"><polyline class="line" points="{}"/>'
        '<circle class="dot" cx="{}" cy="{}" r="2.5"/></svg>',
        title,
        format_html_join(" ", "{},{}", ((f"{x:.1f}", f"{y:.1f}") for x, y in points)),
        f"{points[-1][0]:.1f}",
        f"{points[-1][1]:.1f}",
    )


@register.simple_tag
def small_columns(counts: Sequence[int], most: int, title: str = "") -> SafeString:
    """A column for each count, `most` as high as the picture, the last one marked. `title` says in words what it shows.

    What is not 0 can be seen, and 0 is a line.
    """
    heights = [max(2.0, 22 * count / most) if count else 1.0 for count in counts]
    return format_html(
        '<svg class="small-columns" viewBox="0 0 76 24" role="img" aria-label="{}">{}</svg>',
        title,
        format_html_join(
            "",
            '<rect x="{}" y="{}" width="9" height="{}" rx="1.5"/>',
            ((11 * place, f"{24 - height:.1f}", f"{height:.1f}") for place, height in enumerate(heights)),
        ),
    )


@register.filter
def ago(when: datetime | None) -> SafeString | str:
    """How long ago, in words; the exact time is a tool tip. A dash for never."""
    if when is None:
        return "–"
    seconds = (timezone.now() - when).total_seconds()
    words = "just now" if seconds < 60 else f"{timesince(when, depth=1)} ago"
    exact = f"{timezone.localtime(when):%Y-%m-%d %H:%M}"
    return format_html('<time datetime="{}" title="{}">{}</time>', when.isoformat(), exact, words)


@register.filter
def event_data(data: dict[str, Any]) -> str:
    """What an event's data say, in one line: `votes_wanted: 1 → 2; name: …`."""
    return "; ".join(f"{name.replace('_', ' ')}: {_as_text(value)}" for name, value in data.items())


def _as_text(value: Any) -> str:
    if isinstance(value, list) and len(value) == 2:
        return f"{_short(value[0])} → {_short(value[1])}"
    return _short(value)


def _short(value: Any) -> str:
    """Lists by the names of what is in them, long texts by their beginning."""
    if isinstance(value, list):
        value = ", ".join(str(entry.get("name", entry) if isinstance(entry, dict) else entry) for entry in value)
    text = str(value)
    return text if len(text) <= 100 else f"{text[:99]}…"


@register.filter
def percent(share: float | None) -> str:
    """0.42 → 42 %. Never 100 % before the end nor 0 % after the start. A dash for unknown."""
    if share is None:
        return "–"
    whole = round(100 * share)
    if share < 1:
        whole = min(whole, 99)
    return "< 1\u202f%" if 0 < share < 0.005 else f"{whole}\u202f%"


@register.filter
def text_on(color: str) -> str:
    """Black or white, whichever reads better on this colour."""
    return ink_on(channels_of(color))
