"""Parquet."""

from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any, BinaryIO

import orjson

from annotate_kit.formats.readers import Unreadable, _huggingface
from annotate_kit.formats.readers._parquet_batches import File, plain_bytes
from annotate_kit.formats.readers._records import Choose, from_cells
from annotate_kit.formats.readers._stream import seekable
from annotate_kit.formats.records import MAX_RECORD_BYTES, Record, Rejected, too_large

content_types = ("application/vnd.apache.parquet", "application/x-parquet", "application/parquet")
suffixes = (".parquet",)


def read(
    stream: BinaryIO, *, choose: Choose | None = None, folders_are_labels: bool = False
) -> Iterator[Record | Rejected]:
    """A record per row, some thousand at once. Dates become ISO 8601, NaN becomes null. Of what our export for Hugging
    Face wrote, the columns have their roles."""
    import pyarrow as pa

    source = seekable(stream)
    try:
        file = File(source)
        if columns := _huggingface.columns_of(file.names, file.metadata):
            yield from _huggingface.records(columns, file.names, _rows(file))
        else:
            yield from from_cells(file.names, _rows(file), choose, typed=True)
    except (pa.ArrowException, OSError, MemoryError, UnicodeDecodeError) as error:
        raise Unreadable(f"this is no readable Parquet file: {error}") from None


def is_own(stream: IO[bytes]) -> bool:
    """Whether our export for Hugging Face wrote it. The stream stands at its beginning again."""
    import pyarrow as pa

    stream.seek(0)
    try:
        file = File(stream)
        return _huggingface.columns_of(file.names, file.metadata) is not None
    except (Unreadable, pa.ArrowException, OSError, MemoryError):
        return False
    finally:
        stream.seek(0)


def _rows(file: File) -> Iterator[tuple[int, Any]]:
    """(row, cells), or (row, why it is rejected)."""
    before = 0
    for batch in file.batches():
        if (size := plain_bytes(batch)) > MAX_RECORD_BYTES:  # then it is a single row
            yield before + 1, Rejected(before + 1, None, too_large(size))
        else:
            yield from enumerate(zip(*_values(batch), strict=True), before + 1)
        before += batch.num_rows


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
