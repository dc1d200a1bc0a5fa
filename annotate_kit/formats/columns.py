"""What the columns of a table mean: each has a role, by which its cells become parts of a record.

A file whose columns are named like the fields of a record (`text`, `gold`, `meta.source`, `data.age` …) needs no
roles. For any other one somebody says them, or `column_guesses` does.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import orjson

from annotate_kit.formats.readers._limits import check_columns
from annotate_kit.formats.records import FIELDS, Unreadable, shown

Roles = dict[str, str]
"""The role of each column, by its name and in the order of the file."""

ROLES = {
    "text": "Text to label",
    "image": "Picture to label",
    "field": "Field of the record",
    "external_id": "Its id",
    "gold": "Right answer (gold)",
    "answer": "Answers of one person",
    "annotator": "Who answered",
    "context": "Context",
    "meta": "Kept, not shown",
    "votes_wanted": "Votes wanted",
    "annotations": "Annotations (JSON)",
    "predictions": "Predictions (JSON)",
    "leave_out": "Left out",
}
MAX_NAME = 200
OF_EXPORTS = ("consensus", "belief", "votes")
"""Columns that our exports of items have beside those of records: they follow from the annotations."""
_MOST_LISTED = 20
CONTENT = ("text", "image", "field")
_ONCE = ("text", "image", "external_id", "gold", "votes_wanted", "annotations", "annotator", "predictions")
_KNOWN = f"{', '.join(FIELDS)}, meta.NAME and data.NAME"


class Sample(NamedTuple):
    """The columns of a file by names that are unique, and its first rows. `objects`: the names are keys of JSON."""

    names: list[str]
    rows: list[list[Any]]
    objects: bool = False

    def column(self, name: str) -> list[Any]:
        """The cells of a column that are not empty."""
        place = self.names.index(name)
        return [cell for row in self.rows if (cell := row[place]) not in _EMPTY]


def unique_names(names: Iterable[Any]) -> list[str]:
    """The names, `column 3` for the third where it has none, and `name (2)` for the second of that name."""
    numbered: dict[str, None] = {}
    for place, name in enumerate(names, 1):
        plain = str(name).strip() if name is not None else ""
        unique = plain = plain or f"column {place}"
        number = 1
        while unique in numbered:
            number += 1
            unique = f"{plain} ({number})"
        numbered[unique] = None
    return list(numbered)


def native_role(name: str) -> str | None:
    """The role of a column that is named like a field of a record; None of any other."""
    if name in ("data", "meta"):
        return "field" if name == "data" else "meta"
    if _is_part(name, "data"):
        return "field"
    if _is_part(name, "meta"):
        return "meta"
    return name if name in FIELDS else None


def parse_roles(text: str) -> Roles:
    """`message:text,id:external_id`, or a JSON object of the same. ValueError says what would be right."""
    if text.lstrip().startswith("{"):
        try:
            roles = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise ValueError(f"columns is broken JSON: {error}") from None
        if not all(type(role) is str for role in roles.values()):
            raise ValueError('columns must be an object of strings such as {"message": "text"}')
    else:
        pairs = [pair.partition(":") for pair in text.split(",") if pair.strip()]
        roles = {name.strip(): role.strip() for name, _, role in pairs}
    for name, role in roles.items():
        check_role(name, role)
    return roles


def check_role(name: str, role: str) -> None:
    kind, _, person = role.partition(":")
    if kind not in ROLES or (person and kind != "answer"):
        raise ValueError(
            f"column {shown(name)} cannot be {shown(role)}; a column is one of {', '.join(ROLES)}, or answer:NAME"
        )


def written(roles: Mapping[str, str]) -> str:
    """The roles as `parse_roles` reads them."""
    if any("," in name or ":" in name or name != name.strip() or name.startswith("{") for name in roles):
        return orjson.dumps(roles).decode()
    return ",".join(f"{name}:{role}" for name, role in roles.items())


def completed(roles: Mapping[str, str], names: Sequence[str]) -> Roles:
    """A role for every column: those that are not named here keep their native one, or are kept beside the content."""
    rest = "field" if "field" in roles.values() else "meta"
    return {name: roles.get(name) or native_role(name) or rest for name in names}


def of_export(names: Sequence[str]) -> Roles | None:
    """The roles of an export of ours, without what follows from the annotations; None of another file."""
    if not {*OF_EXPORTS, "annotations"}.issubset(names):
        return None
    return completed(dict.fromkeys(OF_EXPORTS, "leave_out"), names)


def check_names(roles: Mapping[str, str], names: Sequence[str]) -> None:
    """Unreadable when a column that has a role is not there."""
    if missing := [name for name in roles if name not in names]:
        raise Unreadable(f"there is no column {shown(missing[0])}; the file has {_listed(names)}")


def check_roles(roles: Mapping[str, str], names: Sequence[str]) -> None:
    """Unreadable when a column is missing, or the roles make no record."""
    for name in names:
        if "\0" in name or len(name) > MAX_NAME:
            raise Unreadable(f"the name of column {shown(name)} is too long or cannot be stored; give it a short one")
    check_names(roles, names)
    by_role: dict[str, list[str]] = {}
    for name, role in roles.items():
        by_role.setdefault(role.partition(":")[0], []).append(name)
    for role in _ONCE:
        if len(same := by_role.get(role, [])) > 1:
            raise Unreadable(f"{' and '.join(map(shown, same))} cannot both be {role}; choose one of them")
    contents = [role for role in CONTENT if role in by_role]
    if not contents:
        raise Unreadable(
            f"no column is text, image or field, so there is nothing to label; the file has {_listed(names)}"
        )
    if len(contents) > 1:
        raise Unreadable(f"an item has one of text, image and fields, the columns say {' and '.join(contents)}")
    if "annotator" in by_role and "answer" not in by_role:
        raise Unreadable("a column says who answered; another one must be answer, which says what")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return ", ".join(name if name.isprintable() else shown(name) for name in names[:_MOST_LISTED]) + more


def context_of(roles: Mapping[str, str]) -> list[str]:
    """The names, within `meta`, of what is shown beside the content."""
    return [_part(name, "meta") for name, role in roles.items() if role == "context"]


class Columns:
    """The columns of one file. Unreadable when they describe no records."""

    def __init__(self, names: Sequence[str], roles: Mapping[str, str] | None = None, *, typed: bool) -> None:
        """Without `roles` the names say all. `typed`: the file tells numbers from strings. If not, what looks like a
        number is one in a field of a record."""
        check_columns(len(names))
        if roles is None:
            _check_native(names)
            roles = {name: native_role(name) or "" for name in names}
            self._text: Callable[[Any], Any] = _as_is
        else:
            check_roles(roles, names)
            self._text = _as_text
        self.names = list(names)
        self._number_in_text = not typed
        self._annotator = next((at for at, name in enumerate(names) if roles.get(name) == "annotator"), None)
        self._fields: list[tuple[int, str, Callable[[Any], Any]]] = []
        self._parts: list[tuple[int, str, str]] = []
        self._answers: list[tuple[int, str]] = []
        for at, name in enumerate(names):
            self._place(at, name, roles.get(name, "leave_out"))

    def _place(self, at: int, name: str, role: str) -> None:
        kind, _, person = role.partition(":")
        field = {"context": "meta", "field": "data"}.get(kind, kind)
        if kind == "answer":
            self._answers.append((at, person or name))
        elif field in ("meta", "data") and name != field:
            self._parts.append((at, field, _part(name, field)))
        elif field in FIELDS:
            self._fields.append((at, field, self._text if field == "text" else _FROM_CELL.get(field, _as_is)))

    def mapping(self, cells: Sequence[Any]) -> dict[str, Any]:
        """A row as `clean` takes it, without its empty cells. ValueError when a cell is not what its column says."""
        if len(cells) != len(self.names):
            raise ValueError(f"this row has {len(cells)} cells, the header {len(self.names)}")
        mapping = {name: convert(cell) for at, name, convert in self._fields if (cell := cells[at]) not in _EMPTY}
        for at, field, part in self._parts:
            if (cell := cells[at]) not in _EMPTY and type(within := mapping.setdefault(field, {})) is dict:
                within[part] = self._of_record(cell) if field == "data" else cell
        if self._answers and type(annotations := mapping.get("annotations", [])) is list:
            mapping["annotations"] = [*annotations, *self._annotations_of(cells)] or None
        return mapping

    def _of_record(self, cell: Any) -> Any:
        return _number_or_texts(cell) if self._number_in_text else _texts(cell)

    def _annotations_of(self, cells: Sequence[Any]) -> Iterable[dict[str, Any]]:
        for at, person in self._answers:
            if (cell := cells[at]) not in _EMPTY:
                annotator = person if self._annotator is None else _as_text(cells[self._annotator])
                yield {"annotator": annotator, "value": _gold(cell)}


def _check_native(names: Sequence[str]) -> None:
    """Unreadable, with what would be right."""
    before: set[str] = set()
    for at, name in enumerate(names, 1):
        if not name:
            raise Unreadable(f"column {at} has no name (pandas writes such a one unless told index=False)")
        if name in before:
            raise Unreadable(f"two columns are called {shown(name)}")
        before.add(name)
    if not has_native_content(names):
        header = shown(", ".join(names))
        raise Unreadable(f"the header must name text, image, data or data.NAME among the columns, it is {header}")
    if unknown := [name for name in names if native_role(name) is None]:
        say = f"say what it is by columns={written({unknown[0]: 'meta'})} or another role"
        raise Unreadable(f"unknown column {shown(unknown[0])}; known are {_KNOWN}; {say}")


def has_native_content(names: Iterable[str]) -> bool:
    return any(native_role(name) in CONTENT for name in names)


def _is_part(name: str, field: str) -> bool:
    return name.startswith(f"{field}.") and len(name) > len(field) + 1


def _part(name: str, field: str) -> str:
    """The name of a column's value within `field`."""
    return name[len(field) + 1 :] if _is_part(name, field) else name


def _as_is(cell: Any) -> Any:
    return cell


def _as_text(cell: Any) -> Any:
    """A number that somebody wants as a text."""
    return str(cell) if type(cell) in (int, float, bool) else cell


def _json(cell: Any) -> Any:
    """A string holds JSON; anything else came from a typed file."""
    if type(cell) is not str:
        return cell
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError:
        raise ValueError(f"meta, data, annotations and predictions hold JSON, this is {shown(cell)}") from None


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


def _texts(cell: Any) -> Any:
    """A list of texts as JSON, which tables of exports have; anything else as it is."""
    if type(cell) is str and cell.startswith('["') and cell.endswith('"]'):
        with suppress(orjson.JSONDecodeError):
            texts = orjson.loads(cell)
            return texts if all(type(text) is str for text in texts) else cell
    return cell


def _number_or_texts(cell: str) -> Any:
    """Not what a float would change: codes with leading zeros and long ones stay strings."""
    if not _NUMBER.fullmatch(cell):
        return _texts(cell)
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
    "predictions": _json,
}
