"""How answers, beliefs and estimates are drawn. Label colours come from `palette` in the context: {name: colour}."""

import json
from collections.abc import Mapping
from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from annotate.consensus.annotator_model import Interval
from annotate.models import Item
from annotate_kit import aggregation
from core import charts
from projects.models import PALETTE, Project

register = template.Library()

UNKNOWN = "#8a8a8a"
SHOWN = 160  # characters of an item in a list


def palette(project: Project) -> dict[str, str]:
    """The colour of each label, in the order of the label set."""
    return {label.name: label.color or PALETTE[label.position % len(PALETTE)] for label in project.labels.all()}


@register.simple_tag(takes_context=True)
def answer(context: Context, value: Any) -> SafeString:
    """A value in words: each of its labels with its colour."""
    if value is None:
        return mark_safe('<span class="muted">–</span>')
    names = value if isinstance(value, list) else [value]
    if not names:
        return mark_safe('<span class="muted">none of them</span>')
    return format_html_join(
        " ",
        '<span class="label"><svg class="swatch" viewBox="0 0 1 1" aria-hidden="true">'
        '<rect width="1" height="1" fill="{}"/></svg><span>{}</span></span>',
        ((_color(context, str(name)), name) for name in names),
    )


@register.inclusion_tag("annotate/belief.html", takes_context=True)
def belief(context: Context, shares: Mapping[str, float], multiple: bool = False) -> dict[str, Any]:
    """A bar of how probable each label is; a bar each where several labels can be right."""
    ordered = dict(sorted(shares.items(), key=lambda pair: -pair[1]))
    return {
        "rows": [
            {"name": name, "share": share, "percent": round(100 * share, 1), "color": _color(context, name)}
            for name, share in ordered.items()
            if multiple or share >= 0.005
        ],
        "stretches": [(part, _color(context, part.name)) for part in charts.belief(ordered)],
        "multiple": multiple,
    }


def _color(context: Context, name: str) -> str:
    return str((context.get("palette") or {}).get(name, UNKNOWN))


@register.inclusion_tag("annotate/estimate.html")
def estimate(share: Interval | None, about: str = "") -> dict[str, Any]:
    """A share with its interval, in numbers and as a small picture; a dash for None."""
    return {
        "share": share,
        "about": about,
        "whisker": share and charts.whisker(share.value, share.low, share.high),
        "says": share and says(share),
    }


@register.filter
def says(share: Interval) -> str:
    """82 to 91 %."""
    return f"{100 * share.low:.0f} to {100 * share.high:.0f}\u202f%"


@register.filter
def seconds(number: Any) -> str:
    """A time to answer: 0.8 s, 12 s, 3 min. A dash for what is no number."""
    if not isinstance(number, int | float):
        return "–"
    if number < 90:
        return f"{number:.1f}\u202fs" if number < 9.95 else f"{number:.0f}\u202fs"
    return f"{number / 60:.0f}\u202fmin"


@register.filter
def glimpse(item: Item) -> str:
    """The beginning of what an item shows, in one line."""
    text = item.text if item.text is not None else _record(item.data)
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def _record(data: Any) -> str:
    return "; ".join(f"{name}: {value}" for name, value in data.items()) if isinstance(data, dict) else ""


@register.filter
def names(people: list[Any]) -> str:
    """ann, abe and 3 others."""
    shown = [str(person) for person in people]
    if len(shown) > 4:
        return f"{', '.join(shown[:3])} and {len(shown) - 3} others"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


@register.simple_tag
def label_color(palette: Mapping[str, str], name: str) -> str:
    return palette.get(name, UNKNOWN)


@register.filter
def method_title(name: str) -> str:
    """What a method of aggregation is called."""
    return aggregation.registry.title(name) if name in aggregation.registry else name


@register.filter
def pretty(value: Any) -> str:
    """JSON for people."""
    return json.dumps(value, ensure_ascii=False, indent=2)
