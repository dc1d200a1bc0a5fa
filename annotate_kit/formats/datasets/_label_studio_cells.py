"""Label Studio's CSV and TSV, as the rows of JSON_MIN that they are in other columns.

A column is a field of the task's data, a tag of the labelling configuration, or says who answered when; they stand in
the order of the alphabet. A tag's cell holds one string that was chosen or written, or else JSON; a field of the data
that is called like a tag is `_data_NAME`.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

import orjson

from annotate_kit.formats.records import Rejected, Unreadable

from ._label_studio_tasks import ABOUT_THE_ANSWER, PICTURE, type_of

MARKS = {"annotator", "annotation_id", "lead_time"}
"""Columns that only Label Studio's tables have together."""
OF_DATA = "_data_"
Table = Sequence[tuple[int, Any]]


def recognises(names: Sequence[str]) -> bool:
    return MARKS.issubset(names)


def flat_rows(
    names: Sequence[str], table: Table, kind: str | None, questions: Collection[str] = ()
) -> list[tuple[int, Any]] | None:
    """The rows of JSON_MIN with their numbers. None where it is not told which columns are answers: several may be.
    `questions` are those of a form."""
    whole = [dict(zip(names, cells, strict=True)) for _, cells in table if _is_whole(names, cells)]
    content = {name for name in names if name.startswith(OF_DATA)}
    content |= {name for name in ("text", *PICTURE) if name in names and OF_DATA + name not in names}
    others = [name for name in names if name not in {*ABOUT_THE_ANSWER, *content}]
    if questions or kind == "form":
        tags: list[str] | None = _of_form(others, bool(content), whole, questions)
    else:
        tags = _tags(others, bool(content), whole)
    return None if tags is None else [(number, _flat(number, names, cells, tags, content)) for number, cells in table]


def _is_whole(names: Sequence[str], cells: Any) -> bool:
    return not isinstance(cells, Rejected) and len(cells) == len(names)


def _of_form(
    others: Sequence[str], has_content: bool, rows: Sequence[dict[str, str]], questions: Collection[str]
) -> list[str]:
    """The columns that are called as questions, and those with answers in JSON, which may be to others; where no
    questions are known, all columns beside the text or the picture."""
    if questions:
        answered = {*questions, *_in_json(others, rows)}
        tags = [name for name in others if name in answered]
        if not tags:
            raise Unreadable(
                f"none of the columns {', '.join(others)} is called as a question of the form; it has "
                f"{', '.join(questions)}"
            )
        return tags
    if not has_content:
        raise Unreadable(f"which of the columns {', '.join(others)} was labelled is not told; call it text or image")
    return _filled(others, rows)


def _tags(others: Sequence[str], has_content: bool, rows: Sequence[dict[str, str]]) -> list[str] | None:
    """The columns with answers in JSON; else the only one beside the text or the picture."""
    if in_json := _in_json(others, rows):
        return in_json
    filled = _filled(others, rows)
    return filled if len(filled) == 1 and has_content else None


def _in_json(columns: Sequence[str], rows: Sequence[dict[str, str]]) -> list[str]:
    return [name for name in columns if any(_is_answer(_parsed(row[name])) for row in rows)]


def _filled(columns: Sequence[str], rows: Sequence[dict[str, str]]) -> list[str]:
    return [name for name in columns if any(row[name] for row in rows)]


def _is_answer(value: Any) -> bool:
    """Whether results look like this, which have lists where fields of the data may have strings."""
    entries = [entry for entry in (value if isinstance(value, list) else [value]) if isinstance(entry, dict)]
    return any(type_of(entry) not in (None, "textarea") or isinstance(entry.get("text"), list) for entry in entries)


def _flat(number: int, names: Sequence[str], cells: Any, tags: Collection[str], content: Collection[str]) -> Any:
    """A row as JSON_MIN has it: the data before the id, the answers behind it."""
    if isinstance(cells, Rejected):
        return cells
    if not _is_whole(names, cells):
        return Rejected(number, None, f"this row has {len(cells)} cells, the header {len(names)}")
    row = {name: cell for name, cell in zip(names, cells, strict=True) if cell}
    about = {name: row.pop(name, None) for name in ABOUT_THE_ANSWER}
    of_task = {} if (task := about.pop("id")) is None else {"id": task}
    data = {name.removeprefix(OF_DATA): cell if name in content else _parsed(cell)
            for name, cell in row.items() if name not in tags}  # fmt: skip
    answers = {f"{name} (tag)" if name in data else name: _parsed(row[name]) for name in tags if name in row}
    return {**data, **of_task, **answers, **about, "lead_time": _number(about["lead_time"])}


def _parsed(cell: str) -> Any:
    """What lists and objects in JSON are; other cells as they stand."""
    if cell.startswith(("[", "{")):
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(cell)
    return cell


def _number(cell: str | None) -> float | None:
    with suppress(ValueError):
        return float(cell or "")
    return None
