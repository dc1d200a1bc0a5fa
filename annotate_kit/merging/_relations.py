"""Relations between spans: who works for whom.

A value with relations is `{"spans": [{"id": 0, "start", "end", "label"}, …], "relations": [{"from": 0, "to": 1,
"label": "works for"}, …]}`. `from` and `to` are ids, which count the spans in their order from 0. A value without
relations is the list of its spans alone.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ._contract import Content, Value

Span = dict[str, Any]
End = tuple[int, int, str]
"""The start, end and label of a span."""


def spans_of(value: Value) -> list[Span]:
    """The spans of a value with relations or without; none of None."""
    spans: list[Span] = (value["spans"] if isinstance(value, Mapping) else value) or []
    return spans


def relations_of(value: Value) -> list[dict[str, Any]]:
    return list(value.get("relations") or []) if isinstance(value, Mapping) else []


def clean(value: Mapping[str, Any], content: Content, clean_spans: Callable[[Any, Content], list[Span]]) -> Value:
    """Spans sorted and counted, each relation once. The ids may be any; without, spans are counted as they come."""
    if not isinstance(value.get("spans"), list) or not isinstance(value.get("relations", []), list):
        raise ValueError('a value with relations is {"spans": […], "relations": [{"from", "to", "label"}]}')
    by_id: dict[Any, End] = {}
    for place, span in enumerate(value["spans"]):
        (alone,) = clean_spans([span], content)
        name = span.get("id", place) if isinstance(span, Mapping) else place
        if not isinstance(name, int | str):
            raise ValueError(f"a span's id is a whole number or a string; it is {name!r}")
        if name in by_id:
            raise ValueError(f"two spans have the id {name!r}; each has its own")
        by_id[name] = end_of(alone)
    spans = clean_spans(value["spans"], content)
    ends = {(by_id[row["from"]], by_id[row["to"]], row["label"]) for row in map(_checker(by_id), relations_of(value))}
    return with_relations(spans, ends)


def _checker(by_id: Mapping[Any, End]) -> Callable[[Any], Mapping[str, Any]]:
    def checked(row: Any) -> Mapping[str, Any]:
        if not isinstance(row, Mapping) or not {"from", "to", "label"} <= row.keys():
            raise ValueError(f'a relation is {{"from": 0, "to": 1, "label": "works for"}}; this is {row!r}')
        for end in (row["from"], row["to"]):
            if not isinstance(end, int | str) or end not in by_id:
                known = ", ".join(map(repr, by_id)) or "none"
                raise ValueError(f"a relation is between spans; there is none with the id {end!r}, ids are {known}")
        if by_id[row["from"]] == by_id[row["to"]]:
            raise ValueError("a relation is between two spans; this one leads from a span to itself")
        if type(row["label"]) is not str or not row["label"]:
            raise ValueError(f"a relation's label must be a name; it is {row['label']!r}")
        return row

    return checked


def end_of(span: Mapping[str, Any]) -> End:
    return span["start"], span["end"], span["label"]


def ends_of(value: Value) -> list[tuple[End, End, str]]:
    """Each relation as its two spans and its label."""
    by_id = {span.get("id", place): end_of(span) for place, span in enumerate(spans_of(value))}
    return [(by_id[row["from"]], by_id[row["to"]], row["label"]) for row in relations_of(value)]


def with_relations(spans: Sequence[Span], relations: Iterable[tuple[End, End, str]]) -> Value:
    """The value of sorted spans and of those relations whose both ends are among them."""
    bare = [{name: span[name] for name in ("start", "end", "label")} for span in spans]
    number = {end_of(span): place for place, span in enumerate(bare)}
    rows = sorted({(number[a], number[b], label) for a, b, label in relations if a in number and b in number})
    if not rows:
        return bare
    return {
        "spans": [{"id": place, **span} for place, span in enumerate(bare)],
        "relations": [{"from": a, "to": b, "label": label} for a, b, label in rows],
    }


def considered(values: Sequence[Value]) -> list[dict[str, Any]]:
    """The relations that anybody drew as parts {"from", "to", "label", "probability", "votes"}; the ends are spans.

    Of the n people who marked both ends k drew it: its probability, where both of its spans are, is (k + ½) / (n + 1).
    """
    votes = Counter(relation for value in values for relation in set(ends_of(value)))
    marked = [{end_of(span) for span in spans_of(value)} for value in values if value is not None]
    parts = []
    for (start, end, label), k in sorted(votes.items()):
        n = sum({start, end} <= ends for ends in marked)
        parts.append(
            {"from": _span(start), "to": _span(end), "label": label, "probability": (k + 0.5) / (n + 1), "votes": k}
        )
    return parts


def is_relation(part: Mapping[str, Any]) -> bool:
    """Whether a part of a merged value is a relation, and no span."""
    return "from" in part


def part_ends(part: Mapping[str, Any]) -> tuple[End, End, str]:
    """A part as its two spans and its label."""
    return end_of(part["from"]), end_of(part["to"]), part["label"]


def merged(spans: Sequence[Span], parts: Iterable[Mapping[str, Any]]) -> Value:
    """The value of merged spans, with those relations of `considered` that are more probable than not."""
    taken = [part_ends(part) for part in parts if part["probability"] > 0.5]
    return with_relations(spans, taken) if taken else list(spans)


def confidence(spans: Sequence[Span], parts: Iterable[Mapping[str, Any]]) -> float:
    """How sure the least sure decision about a relation of `considered` between two of these spans is: 0.5 to 1."""
    ends = {end_of(span) for span in spans}
    probabilities = [part["probability"] for part in parts if {*part_ends(part)[:2]} <= ends]
    return min((max(p, 1 - p) for p in probabilities), default=1.0)


def _span(end: End) -> Span:
    return dict(zip(("start", "end", "label"), end, strict=True))
