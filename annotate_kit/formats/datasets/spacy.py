"""spaCy's JSON lines.

A line is `{"text", "spans": [{"start", "end", "label"}], "meta": {"external_id"}}`. Training data of older versions,
`{"text", "entities": [[start, end, label]]}` and `[text, {"entities": …}]`, is read too. Of choices it is
`{"text", "cats": {label: 1.0 or 0.0}, "meta"}`. Of a text without any of these nothing is known.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from annotate_kit.formats.records import Rejected, shown

from ._example import CHOICES, Example, Value, bare, need_text, rows, words_of
from ._files import json_lines, json_object, json_rows, parsed_row

LIKE = '{"text": "…", "spans": [{"start": 0, "end": 4, "label": "PER"}]}'
takes = frozenset({"spans", *CHOICES})
suffix = ".jsonl"
LIKELY = 0.5
"""From where on a category counts as chosen, as in spaCy's own scores."""
CATEGORIES = "it has categories (cats), which are left out here; they go into a project of single or multiple choice"


def recognises(row: Mapping[str, Any]) -> bool:
    spans, entities = row.get("spans"), row.get("entities")
    if not isinstance(row.get("text"), str):
        return False
    if isinstance(row.get("cats"), dict):
        return True
    if spans is None and entities is None:
        meta = row.get("meta")
        return row.keys() == {"text", "meta"} and isinstance(meta, dict) and "external_id" in meta
    if isinstance(spans, list) and spans:
        return all(isinstance(span, dict) and {"start", "end", "label"} <= span.keys() for span in spans)
    return isinstance(entities, list) and bool(entities) and all(isinstance(span, list) for span in entities)


def read(files: Mapping[str, bytes], kind: str | None = None) -> Iterator[Example | Rejected]:
    return rows(json_rows(files), lambda number, row: _example(number, row, kind), like=LIKE)


def _example(number: int, row: Any, kind: str | None) -> Example:
    row = parsed_row(row)
    if isinstance(row, list) and len(row) == 2:
        row = {"text": row[0], **row[1]}
    row = json_object(row)
    text = text_in(row)
    external_id, meta = name_and_meta(row)
    value = _category(row, kind) if kind in CHOICES else _parts(row)
    is_numbered = external_id is None
    name = str(number) if is_numbered else str(external_id)
    left_out = [CATEGORIES] if row.get("cats") and kind not in CHOICES else []
    return Example(name, text, value=value, meta=meta, is_numbered=is_numbered, left_out=left_out)


def _category(row: dict[str, Any], kind: str | None) -> Value | None:
    if row.get("cats") is not None:
        return category(row["cats"], kind)
    if row.get("spans") or row.get("entities"):
        raise ValueError("it has spans and no categories (cats); spans go into a project of spans")
    return None


def category(cats: Mapping[str, float], kind: str | None) -> Value:
    """The label or the labels that are likely by their probabilities."""
    chosen = [name for name, probability in cats.items() if probability >= LIKELY]
    if kind == "multiple_choice":
        return chosen
    if len(chosen) != 1:
        raise ValueError(f"a single choice is one category; of {shown(cats)} these are {len(chosen)}")
    return chosen[0]


def cats_of(value: Value, labels: Iterable[str]) -> dict[str, float]:
    """The probability of each label, as spaCy trains from it."""
    chosen = words_of(value)
    return dict.fromkeys(labels, 0.0) | dict.fromkeys(chosen, 1.0)


def _parts(row: dict[str, Any]) -> Value | None:
    if "spans" not in row and "entities" not in row:
        if row.get("cats"):
            raise ValueError(CATEGORIES)
        return None
    spans = row["spans"] if "spans" in row else [_span(entity) for entity in row["entities"]]
    return [{name: span[name] for name in ("start", "end", "label")} for span in spans]


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


def write(examples: Iterable[Example], labels: Sequence[str] = (), kind: str | None = None) -> bytes:
    """`labels` are all that there are, where the values are choices, which `kind` says."""
    return json_lines([_line(example, labels, kind) for example in examples])


def _line(example: Example, labels: Sequence[str], kind: str | None) -> dict[str, Any]:
    line = {"text": need_text(example, "spaCy")}
    meta = example.meta_with_name
    if example.value is None:
        return {**line, "meta": meta}
    if kind in CHOICES:
        return {**line, "cats": cats_of(example.value, labels), "meta": meta}
    return {**line, "spans": bare(example.value), "meta": meta}
