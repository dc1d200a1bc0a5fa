"""Prodigy's JSON lines.

A line is `{"text", "tokens": [{"text", "start", "end", "id", "ws"}], "spans": [{"start", "end", "token_start",
"token_end", "label"}], "relations"?, "answer": "accept", "_annotator_id"?}`, one a person. Only what was accepted is
read; lines of the same `meta.external_id`, or without one of the same `_input_hash` or text, are one item. Of several
lines of a person about an item the last counts. Of choices a line has `"options": [{"id", "text"}], "accept": [id]`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from annotate_kit.formats.records import Rejected
from annotate_kit.merging.spans import relations_of

from ._example import CHOICES, Example, Value, bare, need_text, of_the_item, rows, words_of
from ._files import json_lines, json_object, json_rows
from ._tokens import Token, tokens
from .spacy import name_and_meta, text_in

LIKE = '{"text": "…", "spans": [{"start": 0, "end": 4, "label": "PER"}], "answer": "accept"}'
takes = frozenset({"spans", *CHOICES})
suffix = ".jsonl"


MARKS = {"tokens", "answer", "_input_hash", "_task_hash", "_annotator_id", "_session_id"}
"""Fields that only Prodigy's rows have."""


def recognises(row: Mapping[str, Any]) -> bool:
    has_value = isinstance(row.get("spans"), list) or isinstance(row.get("options"), list)
    return isinstance(row.get("text"), str) and has_value and not MARKS.isdisjoint(row)


def read(files: Mapping[str, bytes], kind: str | None = None) -> Iterator[Example | Rejected]:
    return _together(rows(json_rows(files), lambda number, row: _example(number, row, kind), like=LIKE))


def _example(number: int, row: Any, kind: str | None) -> Example:
    row = json_object(row)
    text = text_in(row)
    external_id, meta = name_and_meta(row)
    name = row.get("_input_hash") if external_id is None else external_id
    example = Example(text[:200] if name is None else str(name), text, meta=meta, is_numbered=name is None)
    value = _chosen(row, kind) if kind in CHOICES else _value(row)
    if row.get("answer", "accept") != "accept" or value is None:
        return example
    annotator = row.get("_annotator_id") or row.get("_session_id")
    if annotator:
        return replace(example, annotations=[{"annotator": str(annotator), "value": value}])
    return replace(example, value=value)


def _chosen(row: Mapping[str, Any], kind: str | None) -> Value | None:
    """The options that were accepted, by their ids; by their texts where the ids are numbers."""
    if not isinstance(row.get("options"), list):
        raise ValueError("it has no options to choose from, as lines of choices do; spans go into a project of spans")
    names = {
        option["id"]: option["id"] if isinstance(option["id"], str) else option["text"] for option in row["options"]
    }
    return of_the_item([str(names.get(chosen, chosen)) for chosen in row.get("accept") or []], kind)


def _value(row: Mapping[str, Any]) -> Value:
    """The spans; with relations, each end of which is the span that it names, or that its token lies in."""
    if row.get("accept") and not row.get("spans"):
        raise ValueError("it has options that were chosen; they go into a project of single or multiple choice")
    spans = [{name: span[name] for name in ("start", "end", "label")} for span in row.get("spans", [])]
    if not row.get("relations"):
        return spans
    ends = [(span.get("token_start", -1), span.get("token_end", -1)) for span in row["spans"]]

    def end(relation: Mapping[str, Any], side: str) -> int:
        if own := relation.get(f"{side}_span"):
            same = {name: own.get(name) for name in ("start", "end", "label")}
            if same in spans:
                return spans.index(same)
        token = relation[side]
        for place, (first, last) in enumerate(ends):
            if first <= token <= last:
                return place
        raise ValueError(f"a relation's {side} is token {token}, which no span has; relations are between spans")

    rows = [{"from": end(row, "head"), "to": end(row, "child"), "label": row["label"]} for row in row["relations"]]
    return {"spans": spans, "relations": rows}


def _together(examples: Iterable[Example | Rejected]) -> Iterator[Example | Rejected]:
    """What was said of one item, by several lines, put together."""
    items: dict[tuple[str, str | None], Example] = {}
    for example in examples:
        if isinstance(example, Rejected):
            yield example
        elif former := items.get(key := (example.external_id, example.text)):
            value = former.value if example.value is None else example.value
            answers = {row["annotator"]: row for row in (*former.annotations, *example.annotations)}
            items[key] = replace(former, value=value, annotations=list(answers.values()))
        else:
            items[key] = example
    yield from items.values()


def write(examples: Iterable[Example], labels: Sequence[str] = (), kind: str | None = None) -> bytes:
    """`labels` are all that there are, where the values are choices, which `kind` says."""
    line = partial(_line_of_choices, labels, kind) if kind in CHOICES else _line
    return json_lines([row for example in examples for row in _lines(example, line)])


def _lines(example: Example, line: Callable[[Example, str, Value], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    text = need_text(example, "Prodigy")
    for annotation in example.annotations:
        yield line(example, text, annotation["value"]) | {"_annotator_id": annotation["annotator"]}
    if example.value is not None:
        yield line(example, text, example.value)
    elif not example.annotations:
        yield line(example, text, []) | {"answer": "ignore"}


def _line_of_choices(
    labels: Sequence[str], kind: str | None, example: Example, text: str, value: Value
) -> dict[str, Any]:
    chosen = words_of(value)
    return {
        "text": text,
        "options": [{"id": label, "text": label} for label in dict.fromkeys([*labels, *chosen])],
        "accept": chosen,
        "config": {"choice_style": "single" if kind == "single_choice" else "multiple"},
        "answer": "accept",
        "meta": example.meta_with_name,
    }


def _line(example: Example, text: str, value: Value) -> dict[str, Any]:
    spans = bare(value)
    cuts = {span[end] for span in spans for end in ("start", "end")}
    of_text = tokens(text, cuts)
    begins = {token.start: n for n, token in enumerate(of_text)}
    ends = {token.end: n for n, token in enumerate(of_text)}
    placed = [_span(span, begins, ends) for span in spans]
    relations = [_relation(placed, row) for row in relations_of(value)]
    return {
        "text": text,
        "tokens": [_token(n, token, text) for n, token in enumerate(of_text)],
        "spans": placed,
        **({"relations": relations} if relations else {}),
        "answer": "accept",
        "meta": example.meta_with_name,
    }


def _relation(spans: list[dict[str, Any]], relation: dict[str, Any]) -> dict[str, Any]:
    """As Prodigy has it: from the last token of one span to the last of the other."""
    head, child = spans[relation["from"]], spans[relation["to"]]
    return {
        "head": head.get("token_end"),
        "child": child.get("token_end"),
        "head_span": head,
        "child_span": child,
        "label": relation["label"],
    }


def _token(number: int, token: Token, text: str) -> dict[str, Any]:
    white = text[token.end : token.end + 1].isspace()
    return {"text": token.text, "start": token.start, "end": token.end, "id": number, "ws": white}


def _span(span: dict[str, Any], begins: dict[int, int], ends: dict[int, int]) -> dict[str, Any]:
    """With its first and last token, where it begins and ends with one."""
    if span["start"] in begins and span["end"] in ends:
        return {**span, "token_start": begins[span["start"]], "token_end": ends[span["end"]]}
    return span
