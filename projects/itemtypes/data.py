"""Records."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

place = 3
about = "Rows of a table, each shown field by field"
column = "data"
role = "field"
features = "table"


class Fields(NamedTuple):
    """The fields of a record as (name, text): those that stand first, and those that are folded below them."""

    first: list[tuple[str, str]]
    rest: list[tuple[str, str]]


def sent(item_id: int, record: dict[str, Any]) -> dict[str, Any]:
    return record


def shown(record: dict[str, Any]) -> dict[str, Any]:
    return {"data": record}


def fields(record: dict[str, Any], chosen: Sequence[str]) -> Fields:
    """The chosen fields first, in their order; without any, all in the record's order. As `labelling//records.js`."""
    first = [name for name in chosen if name in record] or list(record)
    rest = [name for name in record if name not in first]
    return Fields([(name, written(record[name])) for name in first], [(name, written(record[name])) for name in rest])


def written(value: Any) -> str:
    """A list of texts as numbered lines. As `labelling/records.js`."""
    if isinstance(value, list) and value and all(isinstance(text, str) for text in value):
        return "\n".join(f"{number}. {text}" for number, text in enumerate(value, 1))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def for_model(record: dict[str, Any]) -> dict[str, Any]:
    return record


def glimpse(record: Any) -> str:
    if not isinstance(record, dict):
        return ""
    return " ".join("; ".join(f"{name}: {value}" for name, value in record.items()).split())


def picture(item_id: int) -> None:
    return None
