"""How marked texts are drawn on pages: the words with their labels, what lies between shortened."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from annotate_kit.merging.spans import ends_of, is_relation, part_ends, relations_of, spans_of

from ._contract import Spec
from ._drawing import NO_COLOR, NOTHING, label_chips, muted

MOST_DRAWN = 100
"""Spans of one value; the others are only counted."""
LONGEST = 600
"""Code points of a text that is drawn as a whole."""
AROUND = 50
"""Code points on either side of a span that are drawn of a longer text."""
LONGEST_QUOTE = 80

Spans = Sequence[Mapping[str, Any]]


def draw(value: Any, text: str | None, spec: Spec) -> SafeString:
    """The text with its spans marked, or where there is no text, their places."""
    if value is None:
        return NOTHING
    if not value:
        return muted("no spans")
    spans = spans_of(value)
    drawn, more = spans[:MOST_DRAWN], len(spans) - MOST_DRAWN
    body = _places(drawn, spec) if text is None else _text(drawn, text, spec)
    rest = muted(f" and {more:,} more") if more > 0 else ""
    return format_html('<span class="drawn-spans" dir="auto">{}{}</span>{}', body, rest, _relations(value, text))


def _relations(value: Any, text: str | None) -> SafeString:
    """Each as its two spans and its label."""
    spans, relations = spans_of(value), relations_of(value)
    if not relations:
        return SafeString("")
    rows = [(_quote(spans[row["from"]], text), row["label"], _quote(spans[row["to"]], text)) for row in relations]
    drawn = format_html_join("", "<li>{} <small>{} →</small> {}</li>", rows[:MOST_DRAWN])
    return format_html('<ul class="drawn-relations" role="list" dir="auto">{}</ul>', drawn)


def draw_parts(parts: Spans, value: Any, text: str | None, spec: Spec) -> SafeString:
    """How probable each span is, and each relation; those that are not in the value come last."""
    chosen, related = {_place(span) for span in spans_of(value)}, set(ends_of(value))
    spans = [_span_row(part, _place(part) in chosen, text, spec) for part in parts if not is_relation(part)]
    relations = [_relation_row(part, part_ends(part) in related, text) for part in parts if is_relation(part)]
    rows = [*_chosen_first(spans), *_chosen_first(relations)]
    return render_to_string("tasktypes/span_parts.html", {"rows": rows})


def _chosen_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows[:MOST_DRAWN], key=lambda row: not row["is_chosen"])


def _span_row(part: Mapping[str, Any], is_chosen: bool, text: str | None, spec: Spec) -> dict[str, Any]:
    return {"chip": label_chips([part["label"]], spec), "quote": _quote(part, text), **_figures(part, is_chosen)}


def _relation_row(part: Mapping[str, Any], is_chosen: bool, text: str | None) -> dict[str, Any]:
    ends = {"quote": _quote(part["from"], text), "to": _quote(part["to"], text)}
    return {"label": part["label"], **ends, **_figures(part, is_chosen)}


def _figures(part: Mapping[str, Any], is_chosen: bool) -> dict[str, Any]:
    return {"percent": int(100 * part["probability"] + 0.5), "votes": part.get("votes"), "is_chosen": is_chosen}


def _place(span: Mapping[str, Any]) -> tuple[int, int, str]:
    return span["start"], span["end"], span["label"]


def _quote(span: Mapping[str, Any], text: str | None) -> str:
    if text is None:
        return f"{span['start']} to {span['end']}"
    words = " ".join(text[span["start"] : span["end"]].split())
    return words if len(words) <= LONGEST_QUOTE else f"{words[: LONGEST_QUOTE - 1]}…"


def _places(spans: Spans, spec: Spec) -> SafeString:
    return format_html_join(
        ", ", "{} {} to {}", ((label_chips([span["label"]], spec), span["start"], span["end"]) for span in spans)
    )


def _text(spans: Spans, text: str, spec: Spec) -> SafeString:
    places = {place for span in spans for place in (span["start"], span["end"])}
    cuts = sorted({0, len(text), *(min(place, len(text)) for place in places)})
    pieces = [_piece(start, end, spans, text, spec) for start, end in pairwise(cuts)]
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def _piece(start: int, end: int, spans: Spans, text: str, spec: Spec) -> SafeString:
    """A stretch without a cut in it, marked with its innermost label; behind a span's last stretch stands its name."""
    inside = [span for span in spans if span["start"] <= start and end <= span["end"]]
    if not inside:
        return format_html("{}", _shortened(text, start, end))
    innermost = max(inside, key=lambda span: (span["start"], -span["end"]))
    ending = [span["label"] for span in inside if span["end"] == end]
    names = format_html_join("", "<small>{}</small>", ((name,) for name in ending))
    color = spec.colors.get(innermost["label"], NO_COLOR)
    return format_html('<mark data-color="{}">{}{}</mark>', color, text[start:end], names)


def _shortened(text: str, start: int, end: int) -> str:
    """What stands between two spans of a long text: its beginning and its end."""
    if len(text) <= LONGEST or end - start <= 3 * AROUND:
        return text[start:end]
    before = text[start : start + AROUND] if start else ""
    behind = text[end - AROUND : end] if end < len(text) else ""
    return f"{before} … {behind}"
