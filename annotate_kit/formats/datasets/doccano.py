"""doccano's JSON lines.

A line is `{"id", "text", "label": [[start, end, label]]}`; what doccano exports with relations,
`"entities": [{"start_offset", "end_offset", "label"}]`, is read too.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from annotate_kit.formats.records import Rejected, shown

from ._example import Example, Value, need_text, rows
from ._files import json_lines, json_object, json_rows
from .spacy import text_in

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
    return rows(json_rows(files), _example)


def _example(number: int, row: Any) -> Example:
    row = json_object(row)
    return Example(str(row.get("id", number)), text_in(row), value=_spans(row))


def _spans(row: dict[str, Any]) -> Value:
    if "entities" in row:
        return [{"start": p["start_offset"], "end": p["end_offset"], "label": p["label"]} for p in row["entities"]]
    spans = row["label"] if "label" in row else row["labels"]
    if any(not isinstance(span, list) or len(span) != 3 for span in spans):
        raise ValueError(f"label must be a list of [start, end, label]; it is {shown(spans)}")
    return [{"start": start, "end": end, "label": label} for start, end, label in spans]


def write(examples: Iterable[Example]) -> bytes:
    return json_lines(
        [
            {
                "id": example.external_id,
                "text": need_text(example, "doccano"),
                "label": [[span["start"], span["end"], span["label"]] for span in example.value or []],
            }
            for example in examples
        ]
    )
