"""Parquet as the export for Hugging Face's data sets writes it: labels by number, records and meta side by side.

The schema says it all: under `huggingface` the features, with the names of labels; under `annotate` what each of the
user's own columns is, `{"columns": {"price": "data.price"}, "json": ["tags"]}`. What is agreed on becomes gold.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from annotate_kit.formats.records import Record, Rejected, clean, shown

ANSWERS = ("label", "labels", "value")
"""Columns of what is agreed on: the number of a label, a list of such, or anything as JSON but numbers as they are."""
Rows = Iterable[tuple[int, Any]]


@dataclass(frozen=True)
class Columns:
    """The names of the labels, which of the columns is the answer, and what the user's own are."""

    labels: Sequence[str]
    answer: str
    own: Mapping[str, str]
    in_json: Sequence[str]


def columns_of(names: Sequence[str], metadata: Mapping[bytes, bytes]) -> Columns | None:
    """None where a file was not written by our export."""
    try:
        features = orjson.loads(metadata[b"huggingface"])["info"]["features"]
        fields = orjson.loads(metadata[b"annotate"])
        (answer,) = [name for name in ANSWERS if name in features and name not in fields["columns"]]
        feature = features[answer].get("feature", features[answer])
        columns = Columns(feature.get("names", []), answer, fields["columns"], fields["json"])
        return columns if _is_written(columns) else None
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _is_written(columns: Columns) -> bool:
    parts = {column.partition(".")[0] for column in columns.own.values()}
    lists_of_names = isinstance(columns.labels, list) and isinstance(columns.in_json, list)
    return lists_of_names and parts <= {"data", "meta"} and all(isinstance(name, str) for name in columns.labels)


def records(columns: Columns, names: Sequence[str], rows: Rows) -> Iterator[Record | Rejected]:
    for row, cells in rows:
        if isinstance(cells, Rejected):
            yield cells
            continue
        try:
            yield clean(row, _mapping(columns, dict(zip(names, cells, strict=True))))
        except ValueError as error:
            yield Rejected(row, None, str(error))


def _mapping(columns: Columns, cells: Mapping[str, Any]) -> dict[str, Any]:
    """The row as a record."""
    mapping = {name: cells[name] for name in ("external_id", "text") if name in cells and name not in columns.own}
    if isinstance(picture := cells.get("image"), dict) and "image" not in columns.own:
        mapping["image"] = picture.get("bytes")
    for name, column in columns.own.items():
        if (cell := cells.get(name)) is not None:
            part, _, field = column.partition(".")
            mapping.setdefault(part, {})[field] = _json(name, cell) if name in columns.in_json else cell
    return {**mapping, "gold": _gold(columns, cells.get(columns.answer))}


def _gold(columns: Columns, answer: Any) -> Any:
    if answer is None:
        return None
    if columns.answer == "value":
        return answer if isinstance(answer, int | float) else _json("value", answer)
    if columns.answer == "label":
        return _label(columns, answer)
    return [_label(columns, number) for number in answer] if isinstance(answer, list) else _label(columns, answer)


def _json(name: str, cell: Any) -> Any:
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError:
        raise ValueError(f"{name} must be JSON; it is {shown(cell)}") from None


def _label(columns: Columns, number: Any) -> str:
    if type(number) is not int or not 0 <= number < len(columns.labels):
        raise ValueError(
            f"{columns.answer} must be numbers from 0 to {len(columns.labels) - 1}, one is {shown(number)}"
        )
    return columns.labels[number]
