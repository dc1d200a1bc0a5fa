"""Columns to records: what the readers of tables (CSV, Parquet) share.

A column is named like a field of a record, or `meta.NAME` or `data.NAME` for one value within `meta` or `data`.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.readers._limits import check_columns
from annotate_kit.formats.records import FIELDS, shown

_CONTENT = ("text", "image", "data")
_KNOWN = f"{', '.join(FIELDS)}, meta.NAME and data.NAME"


class Columns:
    """The columns of one file. Unreadable when their names describe no records."""

    def __init__(self, names: Sequence[str], *, typed: bool) -> None:
        """`typed`: the file tells numbers from strings. If not, what looks like a number is one in data.NAME."""
        _check_names(names)
        self.names = list(names)
        self._fields = [(at, name, _FROM_CELL.get(name, _as_is)) for at, name in enumerate(names) if name in FIELDS]
        self._parts = [(at, name[:4], name[5:]) for at, name in enumerate(names) if name not in FIELDS]  # meta., data.
        self._number_in_text = not typed

    def mapping(self, cells: Sequence[Any]) -> dict[str, Any]:
        """A row as `clean` takes it, without its empty cells. ValueError when a cell is not what its column says."""
        if len(cells) != len(self.names):
            raise ValueError(f"this row has {len(cells)} cells, the header {len(self.names)}")
        mapping = {name: convert(cell) for at, name, convert in self._fields if (cell := cells[at]) not in _EMPTY}
        for at, field, part in self._parts:
            if (cell := cells[at]) not in _EMPTY and type(within := mapping.setdefault(field, {})) is dict:
                within[part] = _number(cell) if self._number_in_text and field == "data" else cell
        return mapping


def _check_names(names: Sequence[str]) -> None:
    """Unreadable, with what would be right."""
    check_columns(len(names))
    before: set[str] = set()
    for at, name in enumerate(names, 1):
        if not name:
            raise Unreadable(f"column {at} has no name (pandas writes such a one unless told index=False)")
        if name in before:
            raise Unreadable(f"two columns are called {shown(name)}")
        before.add(name)
    if not any(name in _CONTENT or _is_part(name, "data") for name in names):
        found = shown(", ".join(names))
        raise Unreadable(f"the header must name text, image, data or data.NAME among the columns, it is {found}")
    for name in names:
        if name not in FIELDS and not _is_part(name, "data") and not _is_part(name, "meta"):
            raise Unreadable(f"unknown column {shown(name)}; known are {_KNOWN}")


def _is_part(name: str, field: str) -> bool:
    return name.startswith(f"{field}.") and len(name) > len(field) + 1


def _as_is(cell: Any) -> Any:
    return cell


def _json(cell: Any) -> Any:
    """A string holds JSON; anything else came from a typed file."""
    if type(cell) is not str:
        return cell
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError:
        raise ValueError(f"meta, data and annotations hold JSON, this is {shown(cell)}") from None


def _gold(cell: Any) -> Any:
    """A label's name as it stands, "7" too; a list or an object is JSON."""
    return _json(cell) if type(cell) is str and cell.startswith(("[", "{")) else cell


def _whole_number(cell: Any) -> Any:
    """pandas writes whole numbers as 3.0 when some are missing."""
    try:
        return int(cell) if float(cell).is_integer() else cell
    except (ValueError, TypeError):
        return cell


def _image(cell: Any) -> Any:
    """Also the {bytes, path} of Hugging Face's data sets."""
    return cell.get("bytes") if type(cell) is dict else cell


def _number(cell: str) -> Any:
    """Not what a float would change: codes with leading zeros and long ones stay strings."""
    if not _NUMBER.fullmatch(cell):
        return cell
    return float(cell) if "." in cell or "e" in cell.lower() else int(cell)


_EMPTY = (None, "")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?([eE][+-]?[0-9]{1,2})?")
_FROM_CELL: dict[str, Callable[[Any], Any]] = {
    "image": _image,
    "data": _json,
    "meta": _json,
    "votes_wanted": _whole_number,
    "gold": _gold,
    "annotations": _json,
}
