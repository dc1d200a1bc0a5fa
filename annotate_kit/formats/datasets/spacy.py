"""spaCy's JSON lines.

A line is `{"text", "spans": [{"start", "end", "label"}], "meta": {"external_id"}}`. Training data of older versions,
`{"text", "entities": [[start, end, label]]}` and `[text, {"entities": …}]`, is read too. Of a text without either
nothing is known.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from annotate_kit.formats.records import Rejected

from ._example import Example, bare, need_text, rows
from ._files import json_lines, json_object, json_rows, parsed_row

LIKE = '{"text": "…", "spans": [{"start": 0, "end": 4, "label": "PER"}]}'
takes = frozenset({"spans"})
suffix = ".jsonl"


def recognises(row: Mapping[str, Any]) -> bool:
    spans, entities = row.get("spans"), row.get("entities")
    if not isinstance(row.get("text"), str):
        return False
    if spans is None and entities is None:
        meta = row.get("meta")
        return row.keys() == {"text", "meta"} and isinstance(meta, dict) and "external_id" in meta
    if isinstance(spans, list) and spans:
        return all(isinstance(span, dict) and {"start", "end", "label"} <= span.keys() for span in spans)
    return isinstance(entities, list) and bool(entities) and all(isinstance(span, list) for span in entities)


def read(files: Mapping[str, bytes]) -> Iterator[Example | Rejected]:
    return rows(json_rows(files), _example, like=LIKE)


def _example(number: int, row: Any) -> Example:
    row = parsed_row(row)
    if isinstance(row, list) and len(row) == 2:
        row = {"text": row[0], **row[1]}
    row = json_object(row)
    text = text_in(row)
    external_id, meta = name_and_meta(row)
    spans = row["spans"] if "spans" in row else [_span(entity) for entity in row.get("entities", ())]
    parts = [{name: span[name] for name in ("start", "end", "label")} for span in spans]
    value = parts if "spans" in row or "entities" in row else None
    is_numbered = external_id is None
    name = str(number) if is_numbered else str(external_id)
    return Example(name, text, value=value, meta=meta, is_numbered=is_numbered)


def name_and_meta(row: Mapping[str, Any]) -> tuple[Any, dict[str, Any] | None]:
    """Its external_id, which stands in `meta`, and what else does."""
    meta = dict(row.get("meta") or {})
    return meta.pop("external_id", None), meta or None


def text_in(row: Mapping[str, Any]) -> str:
    text = row["text"]
    if not isinstance(text, str):
        raise ValueError(f"text must be a string; it is {text!r}")
    return text


def _span(entity: Any) -> dict[str, Any]:
    start, end, label = entity[:3]
    return {"start": start, "end": end, "label": label}


def write(examples: Iterable[Example]) -> bytes:
    return json_lines(
        [
            {
                "text": need_text(example, "spaCy"),
                **({} if example.value is None else {"spans": bare(example.value)}),
                "meta": {**(example.meta or {}), "external_id": example.external_id},
            }
            for example in examples
        ]
    )
