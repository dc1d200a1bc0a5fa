"""How shapes are drawn over their picture on pages."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ._contract import Content, Part, Spec
from ._drawing import NO_COLOR, label_chips, muted


class Considered(NamedTuple):
    """A part of a consensus: whether it is in its value, and how probable it is."""

    part: Part
    probability: float | None
    is_chosen: bool


Figure = Callable[[Part, float], SafeString]
"""A part as SVG, given the longer side of the picture."""


def considered(content: Content | None, figure: Figure, parts: Sequence[Considered], spec: Spec) -> SafeString:
    """The probability of each part, what was left out last; these over the picture as well, where it is known."""
    rows = [
        (
            label_chips([row.part.label or ""], spec),
            "" if row.probability is None else f"{100 * row.probability:.0f}\u202f%",
            "" if row.is_chosen else "left out",
        )
        for row in sorted(parts, key=lambda row: (not row.is_chosen, -(row.probability or 0)))
    ]
    left_out = [row.part for row in parts if not row.is_chosen]
    picture = SafeString("")
    if left_out and content is not None and content.picture is not None and content.size is not None:
        picture = format_html(
            '<p class="small muted">Left out, since too few drew it:</p>{}',
            over_picture(content, figure, left_out, "left-out"),
        )
    listed = format_html_join("", '<li>{} <span class="num">{}</span> <span class="muted">{}</span></li>', rows)
    return format_html('<ul class="considered-parts small" role="list">{}</ul>{}', listed, picture)


def over_picture(content: Content, figure: Figure, parts: Sequence[Part], style: str = "") -> SafeString:
    """The picture with the shapes on it; each knows its number among the parts."""
    width, height = content.size or (1, 1)
    shapes = [
        format_html('<g class="drawn-part" data-part="{}">{}</g>', number, figure(part, max(width, height)))
        for number, part in enumerate(parts)
    ]
    return format_html(
        '<span class="drawn-shapes {}"><img src="{}" alt="" width="{}" height="{}" loading="lazy">'
        '<svg viewBox="0 0 {} {}" aria-hidden="true">{}</svg></span>',
        style, content.picture, width, height, width, height, SafeString("".join(shapes)),
    )  # fmt: skip


def counted(parts: Sequence[Part], spec: Spec) -> SafeString:
    """How many there are of each label; that there are none is an answer too."""
    if not parts:
        return muted("nothing marked")
    counts = Counter(part.label or "" for part in parts)
    names = [f"{count} × {name}" if count > 1 else name for name, count in counts.items()]
    colors = dict(zip(names, (spec.colors.get(name, NO_COLOR) for name in counts), strict=True))
    return label_chips(names, Spec(tuple(names), colors))


def outlined(key: str, place: Any, color: str, extent: float) -> SafeString:
    """A white line under one in the label's colour, so that it is seen on any ground."""
    figure = _FIGURES[key](place, extent)
    return format_html('<{} class="under" fill="none"/><{} fill="none" stroke="{}"/>', figure, figure, color)


def named(drawn: SafeString, label: str | None, corner: tuple[float, float], extent: float) -> SafeString:
    """What is drawn with the label's name above its top left corner."""
    x, y = corner
    return format_html(
        '{}<text x="{}" y="{}" font-size="{}">{}</text>',
        drawn, x, max(y - extent / 120, extent / 40), round(extent / 40, 1), label or "",
    )  # fmt: skip


def _box(place: Sequence[float], extent: float) -> SafeString:
    x0, y0, x1, y1 = place
    return format_html('rect x="{}" y="{}" width="{}" height="{}"', x0, y0, round(x1 - x0, 1), round(y1 - y0, 1))


def _corners(name: str) -> Callable[[Any, float], SafeString]:
    def figure(place: Sequence[Sequence[float]], extent: float) -> SafeString:
        return format_html('{} points="{}"', name, " ".join(f"{x},{y}" for x, y in place))

    return figure


def _point(place: Sequence[float], extent: float) -> SafeString:
    return format_html('circle cx="{}" cy="{}" r="{}"', *place, round(extent / 80, 1))


_FIGURES: Mapping[str, Callable[[Any, float], SafeString]] = {
    "box": _box,
    "polygon": _corners("polygon"),
    "line": _corners("polyline"),
    "point": _point,
}
