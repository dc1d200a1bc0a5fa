"""doccano's JSON lines.

A line is `{"id", "text", "label": [[start, end, label]]}`; in place of the list, what has relations has
`"entities": [{"id", "start_offset", "end_offset", "label"}], "relations": [{"id", "from_id", "to_id", "type"}]`. Of a
text with neither nothing is known.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from annotate_kit.formats.records import Rejected, shown
from annotate_kit.merging.spans import relations_of

from ._example import Example, Value, bare, need_text, rows
from ._files import json_lines, json_object, json_rows
from .spacy import text_in

LIKE = '{"id": 1, "text": "…", "label": [[0, 4, "PER"]]}'
VALUES = {"label", "labels", "entities"}
FIELDS = {"id", "text", "relations", "Comments", *VALUES}
takes = frozenset({"spans"})
suffix = ".jsonl"


def recognises(row: Mapping[str, Any]) -> bool:
    spans = row.get("label", row.get("labels"))
    entities = row.get("entities")
    if isinstance(entities, list) and entities:
        return all(isinstance(entity, dict) and "start_offset" in entity for entity in entities)
    return isinstance(row.get("text"), str) and isinstance(spans, list) and bool(spans) and all(map(_is_span, spans))


def _is_span(span: Any) -> bool:
    return isinstance(span, list) and list(map(type, span)) == [int, int, str]


def read(files: Mapping[str, bytes]) -> Iterator[Example | Rejected]:
    return rows(json_rows(files), _example, like=LIKE)


def _example(number: int, row: Any) -> Example:
    row = json_object(row)
    value = _spans(row) if VALUES & row.keys() else None
    meta = {name: value for name, value in row.items() if name not in FIELDS} or None
    return Example(str(row.get("id", number)), text_in(row), value=value, meta=meta, is_numbered="id" not in row)


def _spans(row: dict[str, Any]) -> Value:
    if "entities" in row:
        return _related(row)
    spans = row["label"] if "label" in row else row["labels"]
    if any(not isinstance(span, list) or len(span) != 3 for span in spans):
        raise ValueError(f"label must be a list of [start, end, label]; it is {shown(spans)}")
    return [{"start": start, "end": end, "label": label} for start, end, label in spans]


def _related(row: dict[str, Any]) -> Value:
    spans = [
        {"id": part.get("id", place), "start": part["start_offset"], "end": part["end_offset"], "label": part["label"]}
        for place, part in enumerate(row["entities"])
    ]
    ends = [{"from": each["from_id"], "to": each["to_id"], "label": each["type"]} for each in row.get("relations", [])]
    return {"spans": spans, "relations": ends}


def write(examples: Iterable[Example]) -> bytes:
    return json_lines([_line(example) for example in examples])


def _line(example: Example) -> dict[str, Any]:
    meta = {name: value for name, value in (example.meta or {}).items() if name not in FIELDS}
    line = {**meta, "id": example.external_id, "text": need_text(example, "doccano")}
    if example.value is None:
        return line
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
