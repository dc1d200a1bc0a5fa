"""Parquet."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

import orjson

from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.readers._columns import Columns
from annotate_kit.formats.readers._parquet_batches import File, plain_bytes
from annotate_kit.formats.readers._stream import seekable
from annotate_kit.formats.records import MAX_RECORD_BYTES, Record, Rejected, clean, too_large

content_types = ("application/vnd.apache.parquet", "application/x-parquet", "application/parquet")
suffixes = (".parquet",)


def read(stream: BinaryIO, *, folders_are_labels: bool = False) -> Iterator[Record | Rejected]:
    """A record per row, some thousand at once. Dates become ISO 8601, NaN becomes null."""
    import pyarrow as pa

    source = seekable(stream)
    try:
        file = File(source)
        columns = Columns(file.names, typed=True)
        row = 0
        for batch in file.batches():
            yield from _records(row, columns, batch)
            row += batch.num_rows
    except (pa.ArrowException, OSError, MemoryError, UnicodeDecodeError) as error:
        raise Unreadable(f"this is no readable Parquet file: {error}") from None


def _records(row: int, columns: Columns, batch: Any) -> Iterator[Record | Rejected]:
    """The records of a batch, of which the first is the one after `row`."""
    if (size := plain_bytes(batch)) > MAX_RECORD_BYTES:  # then it is a single row
        yield Rejected(row + 1, None, too_large(size))
        return
    for number, cells in enumerate(zip(*_values(batch), strict=True), row + 1):
        yield _record(number, columns, cells)


def _values(batch: Any) -> list[list[Any]]:
    """The columns of a batch as Python values that JSON knows, and bytes where there are bytes."""
    columns = [_plain_column(column).to_pylist(maps_as_pydicts="lossy") for column in batch.columns]
    return [
        column if name == "image" or _is_plain(column) else [_plain(value) for value in column]
        for name, column in zip(batch.schema.names, columns, strict=True)
    ]


def _plain_column(column: Any) -> Any:
    """Without its dictionary, of which pyarrow would make Python values slowly."""
    return column.dictionary_decode() if hasattr(column, "dictionary_decode") else column


_PLAIN = {str, int, bool, bytes, type(None)}


def _is_plain(column: list[Any]) -> bool:
    return _PLAIN.issuperset(map(type, column))


def _plain(value: Any) -> Any:
    try:
        return value if type(value) in _PLAIN else orjson.loads(orjson.dumps(value, default=_known_to_json))
    except (TypeError, ValueError):
        return value  # `clean` says that it cannot be written as JSON, and in which field


def _known_to_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        raise TypeError
    return str(value)


def _record(row: int, columns: Columns, cells: Sequence[Any]) -> Record | Rejected:
    try:
        return clean(row, columns.mapping(cells))
    except ValueError as error:
        return Rejected(row, None, str(error))
