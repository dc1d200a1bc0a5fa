"""CSV."""

import csv
import datetime
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from annotate_kit.formats.writers import PIECE
from annotate_kit.formats.writers._json import dumps

content_type = "text/csv; charset=utf-8"
suffix = ".csv"
nested = False


def write(rows: Iterable[Mapping[str, Any]], fields: Sequence[str]) -> Iterator[bytes]:
    """A header and a line per row. Lists and objects are written as JSON; no cell is a formula to a spreadsheet."""
    lines = io.StringIO()
    table = csv.writer(lines, lineterminator="\r\n")
    table.writerow([_cell(field) for field in fields])
    for row in rows:
        table.writerow([_cell(row.get(field)) for field in fields])
        if lines.tell() >= PIECE:
            yield _taken(lines)
    yield _taken(lines)


def _taken(lines: io.StringIO) -> bytes:
    text = lines.getvalue()
    lines.seek(0)
    lines.truncate()
    return text.encode()


_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def _cell(value: Any) -> Any:
    """None is empty. A string that a spreadsheet would run gets a ' in front, as OWASP advises; numbers do not."""
    kind = type(value)
    if kind is str:
        return f"'{value}" if value.startswith(_FORMULA) and not _NUMBER.fullmatch(value) else value
    if kind is int or kind is float or value is None:
        return value
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    if isinstance(value, dict | list | tuple | bool):
        return dumps(value).decode()
    return _cell(str(value))
