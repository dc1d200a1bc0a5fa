"""Many rows at once by COPY: as CSV from Python's values, as PostgreSQL's binary form from and into NumPy's arrays."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import orjson
from django.db import connection
from numpy.typing import ArrayLike, NDArray

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)  # with no flags and no extension: 19 bytes before the first row
_END = b"\xff\xff"
_AT_ONCE = 2**18  # bytes


# A staging table


def stage(cursor: Any, table: str, columns: Mapping[str, str], lines: bytes, more: str = "") -> None:
    """Fill a staging table of these columns {name: type} with lines of CSV. `more` are columns for later."""
    create_staging_table(cursor, table, columns, more)
    cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv)", io.BytesIO(lines), _AT_ONCE)


def create_staging_table(cursor: Any, table: str, columns: Mapping[str, str], more: str = "") -> None:
    """A temporary table of these columns {name: type}, empty; it is empty again when the transaction ends."""
    defined = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    cursor.execute(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({defined}{more and ', '}{more}) ON COMMIT DELETE ROWS;"
        f"TRUNCATE {table}"
    )


# A line of CSV: what is empty is NULL, what is quoted is text


def line(*fields: str) -> str:
    return ",".join(fields) + "\n"


def text(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def number(value: float | None) -> str:
    """Of a boolean too; a float with all its digits."""
    return "" if value is None else repr(value)


def json(value: Any) -> str:
    return text(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode())


def json_or_null(value: Any) -> str:
    """None is NULL and not JSON's null."""
    return "" if value is None else json(value)


def lines(rows: Iterable[str]) -> bytes:
    return "".join(rows).encode()


# Arrays


def read(query: str, columns: Mapping[str, str], values: Mapping[str, Any]) -> NDArray[np.void]:
    """The rows of a query whose columns have these fixed-width big-endian types; none may be null."""
    copied = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({cursor.mogrify(query, values).decode()}) TO STDOUT (FORMAT binary)", copied)
    data = copied.getbuffer()[len(_SIGNATURE) : -len(_END)]
    return np.frombuffer(data, dtype=_layout(columns))[list(columns)]


def append(table: str, columns: Mapping[str, tuple[str, ArrayLike]]) -> None:
    """Add rows to a table: {column: (fixed-width big-endian type, its values or the one value of all rows)}."""
    kinds = {name: kind for name, (kind, _) in columns.items()}
    arrays = np.broadcast_arrays(*(np.atleast_1d(values) for _, values in columns.values()))
    rows = np.empty(len(arrays[0]), dtype=_layout(kinds))
    rows["fields"] = len(columns)
    for name, array in zip(columns, arrays, strict=True):
        rows[f"{name} length"] = rows.dtype[name].itemsize
        rows[name] = array
    with connection.cursor() as cursor:
        cursor.copy_expert(
            f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)",
            io.BytesIO(_SIGNATURE + rows.tobytes() + _END),
        )


def _layout(columns: Mapping[str, str]) -> list[tuple[str, str]]:
    """A row of binary COPY: how many fields, then each after its length."""
    layout = [("fields", ">i2")]
    for name, kind in columns.items():
        layout += [(f"{name} length", ">i4"), (name, kind)]
    return layout
