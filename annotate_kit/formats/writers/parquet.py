"""Parquet."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

from annotate_kit.formats.writers import PIECE
from annotate_kit.formats.writers._json import dumps

if TYPE_CHECKING:
    import pyarrow as pa

content_type = "application/vnd.apache.parquet"
suffix = ".parquet"
nested = False

_ROWS_AT_ONCE = 10_000
_SPOOLED_IN_MEMORY = 8 * 2**20


def write(rows: Iterable[Mapping[str, Any]], fields: Sequence[str]) -> Iterator[bytes]:
    """A column per field: integers, floats, booleans, dates or strings; lists and objects as JSON strings.

    A column has one type, and which one only the last row tells: so all rows pass through a temporary file before
    the first byte comes out. A column of mixed types is one of strings.
    """
    import pyarrow.parquet as pq

    with SpooledTemporaryFile(_SPOOLED_IN_MEMORY) as spool:
        schema = _spool(rows, fields, spool)
        out = _Out()
        with pq.ParquetWriter(out, schema, compression="zstd") as file:
            for batch in _spooled(spool):
                file.write_batch(_cast(batch, schema))
                yield from out.taken()
        yield from out.taken()


def _spool(rows: Iterable[Mapping[str, Any]], fields: Sequence[str], spool: IO[bytes]) -> "pa.Schema":
    """Write the rows to `spool`, each batch with types of its own, and return the schema that fits them all."""
    import pyarrow as pa

    types = [pa.null()] * len(fields)
    rows = iter(rows)
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        columns = [_column([row.get(field) for row in some]) for field in fields]
        types = [_common(kind, column.type) for kind, column in zip(types, columns, strict=True)]
        batch = pa.record_batch(columns, names=list(fields))
        with pa.ipc.new_stream(spool, batch.schema) as stream:
            stream.write_batch(batch)
    types = [pa.string() if pa.types.is_null(kind) else kind for kind in types]
    return pa.schema(list(zip(fields, types, strict=True)))


def _spooled(spool: IO[bytes]) -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa

    end = spool.tell()
    spool.seek(0)
    while spool.tell() < end:
        yield from pa.ipc.open_stream(spool)


def _column(values: list[Any]) -> "pa.Array":
    import pyarrow as pa

    values = [dumps(value).decode() if isinstance(value, list | tuple | dict) else value for value in values]
    try:
        column = pa.array(values)
        if _is_simple(column.type):
            return column
    except (pa.ArrowException, OverflowError):
        pass
    return pa.array([None if value is None else _word(value) for value in values], pa.string())


def _is_simple(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    simple = (pa.null(), pa.bool_(), pa.int64(), pa.float64(), pa.string(), pa.date32())
    return kind in simple or pa.types.is_timestamp(kind)


def _word(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value).decode().strip('"')


def _common(first: "pa.DataType", second: "pa.DataType") -> "pa.DataType":
    """The type that holds the values of both."""
    import pyarrow as pa

    if first == second or pa.types.is_null(second):
        return first
    if pa.types.is_null(first):
        return second
    return pa.float64() if {first, second} == {pa.int64(), pa.float64()} else pa.string()


def _cast(batch: "pa.RecordBatch", schema: "pa.Schema") -> "pa.RecordBatch":
    import pyarrow as pa

    columns = [column.cast(field.type, safe=False) for column, field in zip(batch.columns, schema, strict=True)]
    return pa.record_batch(columns, schema=schema)


class _Out(io.RawIOBase):
    """A file that the Parquet writer writes to, and that forgets what was taken from it."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, data: Any) -> int:
        self._waiting += data
        self._written += len(data)
        return len(data)

    def taken(self) -> Iterator[bytes]:
        waiting, self._waiting = bytes(self._waiting), bytearray()
        for start in range(0, len(waiting), PIECE):
            yield waiting[start : start + PIECE]
