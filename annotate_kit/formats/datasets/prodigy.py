"""Prodigy's JSON lines.

A line is `{"text", "tokens": [{"text", "start", "end", "id", "ws"}], "spans": [{"start", "end", "token_start",
"token_end", "label"}], "answer": "accept", "_annotator_id"?}`, one a person. Only what was accepted is read; lines of
the same `meta.external_id`, or without one of the same `_input_hash` or text, are one item.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from annotate_kit.formats.records import Rejected

from ._example import Example, Value, need_text, rows
from ._files import json_lines, json_object, json_rows
from ._tokens import Token, tokens
from .spacy import text_in

takes = frozenset({"spans"})
suffix = ".jsonl"


MARKS = {"tokens", "answer", "_input_hash", "_task_hash", "_annotator_id", "_session_id"}
"""Fields that only Prodigy's rows have."""


def recognises(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("text"), str) and isinstance(row.get("spans"), list) and not MARKS.isdisjoint(row)


def read(files: Mapping[str, bytes]) -> Iterator[Example | Rejected]:
    return _together(rows(json_rows(files), _example))


def _example(number: int, row: Any) -> Example:
    row = json_object(row)
    text = text_in(row)
    external_id = (row.get("meta") or {}).get("external_id", row.get("_input_hash", text[:200]))
    spans = [{name: span[name] for name in ("start", "end", "label")} for span in row.get("spans", [])]
    if row.get("answer", "accept") != "accept":
        return Example(str(external_id), text)
    annotator = row.get("_annotator_id") or row.get("_session_id")
    if annotator:
        return Example(str(external_id), text, annotations=[{"annotator": str(annotator), "value": spans}])
    return Example(str(external_id), text, value=spans)


def _together(examples: Iterable[Example | Rejected]) -> Iterator[Example | Rejected]:
    """What was said of one item, by several lines, put together."""
    items: dict[str, Example] = {}
    for example in examples:
        if isinstance(example, Rejected):
            yield example
        elif former := items.get(example.external_id):
            value = former.value if example.value is None else example.value
            annotations = [*former.annotations, *example.annotations]
            items[example.external_id] = Example(former.external_id, former.text, value=value, annotations=annotations)
        else:
            items[example.external_id] = example
    yield from items.values()


def write(examples: Iterable[Example]) -> bytes:
    return json_lines([line for example in examples for line in _lines(example)])


def _lines(example: Example) -> Iterator[dict[str, Any]]:
    text = need_text(example, "Prodigy")
    for annotation in example.annotations:
        yield _line(example, text, annotation["value"]) | {"_annotator_id": annotation["annotator"]}
    if example.value is not None:
        yield _line(example, text, example.value)
    elif not example.annotations:
        yield _line(example, text, []) | {"answer": "ignore"}


def _line(example: Example, text: str, value: Value) -> dict[str, Any]:
    cuts = {span[end] for span in value for end in ("start", "end")}
    of_text = tokens(text, cuts)
    begins = {token.start: n for n, token in enumerate(of_text)}
    ends = {token.end: n for n, token in enumerate(of_text)}
    return {
        "text": text,
        "tokens": [_token(n, token, text) for n, token in enumerate(of_text)],
        "spans": [_span(span, begins, ends) for span in value],
        "answer": "accept",
        "meta": {"external_id": example.external_id},
    }


def _token(number: int, token: Token, text: str) -> dict[str, Any]:
    white = text[token.end : token.end + 1].isspace()
    return {"text": token.text, "start": token.start, "end": token.end, "id": number, "ws": white}


def _span(span: dict[str, Any], begins: dict[int, int], ends: dict[int, int]) -> dict[str, Any]:
    """With its first and last token, where it begins and ends with one."""
    if span["start"] in begins and span["end"] in ends:
        return {**span, "token_start": begins[span["start"]], "token_end": ends[span["end"]]}
    return span
