"""doccano's JSON lines.

A line is `{"id", "text", "label": [[start, end, label]]}`; in place of the list, what has relations has
`"entities": [{"id", "start_offset", "end_offset", "label"}], "relations": [{"id", "from_id", "to_id", "type"}]`. Of a
text with neither nothing is known. Of choices and texts that were written `label` is a list of them, beside the list of
`Comments`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from annotate_kit.formats.records import Rejected, shown
from annotate_kit.merging.spans import relations_of

from ._example import WHOLE, Example, Value, bare, is_whole, need_text, of_the_item, rows, words_of
from ._files import json_lines, json_object, json_rows
from .spacy import text_in

LIKE = '{"id": 1, "text": "…", "label": [[0, 4, "PER"]]}'
VALUES = {"label", "labels", "entities"}
FIELDS = {"id", "text", "relations", "Comments", *VALUES}
takes = frozenset({"spans", *WHOLE})
suffix = ".jsonl"


def recognises(row: Mapping[str, Any]) -> bool:
    spans = row.get("label", row.get("labels"))
    entities = row.get("entities")
    if isinstance(entities, list) and entities:
        return all(isinstance(entity, dict) and "start_offset" in entity for entity in entities)
    if not isinstance(row.get("text"), str) or not isinstance(spans, list):
        return False
    return isinstance(row.get("Comments"), list) or (bool(spans) and all(map(_is_span, spans)))


def _is_span(span: Any) -> bool:
    return isinstance(span, list) and list(map(type, span)) == [int, int, str]


def read(files: Mapping[str, bytes], kind: str | None = None) -> Iterator[Example | Rejected]:
    return rows(json_rows(files), lambda number, row: _example(number, row, kind), like=LIKE)


def _example(number: int, row: Any, kind: str | None) -> Example:
    row = json_object(row)
    value = _value(row, kind) if VALUES & row.keys() else None
    meta = {name: value for name, value in row.items() if name not in FIELDS} or None
    return Example(str(row.get("id", number)), text_in(row), value=value, meta=meta, is_numbered="id" not in row)


def _value(row: dict[str, Any], kind: str | None) -> Value | None:
    if "entities" in row and kind not in WHOLE:
        return _related(row)
    labels = row.get("label", row.get("labels", row.get("entities")))
    if kind not in WHOLE:
        return _spans(labels)
    if not isinstance(labels, list) or not is_whole(labels):
        raise ValueError(f"label must be a list of strings; it is {shown(labels)}; spans go into a project of spans")
    return of_the_item(labels, kind)


def _spans(spans: Any) -> Value:
    if any(not isinstance(span, list) or len(span) != 3 for span in spans):
        strings = "choices and texts are a list of strings, and go into a project of such"
        raise ValueError(f"label must be a list of [start, end, label]; it is {shown(spans)}; {strings}")
    return [{"start": start, "end": end, "label": label} for start, end, label in spans]


def _related(row: dict[str, Any]) -> Value:
    spans = [
        {"id": part.get("id", place), "start": part["start_offset"], "end": part["end_offset"], "label": part["label"]}
        for place, part in enumerate(row["entities"])
    ]
    ends = [{"from": each["from_id"], "to": each["to_id"], "label": each["type"]} for each in row.get("relations", [])]
    return {"spans": spans, "relations": ends}


def write(examples: Iterable[Example], kind: str | None = None) -> bytes:
    """`kind` is that of the values where they are choices or texts."""
    return json_lines([_line(example, kind) for example in examples])


def _line(example: Example, kind: str | None) -> dict[str, Any]:
    meta = {name: value for name, value in (example.meta or {}).items() if name not in FIELDS}
    line = {**meta, "id": example.external_id, "text": need_text(example, "doccano")}
    if kind in WHOLE:
        line["Comments"] = []
    if example.value is None:
        return line
    if kind in WHOLE:
        return {**line, "label": words_of(example.value)}
    spans, relations = bare(example.value), relations_of(example.value)
    if not relations:
        return {**line, "label": [[span["start"], span["end"], span["label"]] for span in spans]}
    entities = [
        {"id": place, "label": span["label"], "start_offset": span["start"], "end_offset": span["end"]}
        for place, span in enumerate(spans)
    ]
    ends = [
        {"id": place, "from_id": row["from"], "to_id": row["to"], "type": row["label"]}
        for place, row in enumerate(relations)
    ]
    return {**line, "entities": entities, "relations": ends}
