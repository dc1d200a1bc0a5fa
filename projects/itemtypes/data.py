"""Records."""

import json
from typing import Any

place = 3
about = "Rows of a table, each shown field by field"
column = "data"
role = "field"
features = "table"


def sent(item_id: int, record: dict[str, Any]) -> dict[str, Any]:
    return record


def shown(record: dict[str, Any]) -> dict[str, Any]:
    return {"rows": [(name, _written(value)) for name, value in record.items()]}


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def for_model(record: dict[str, Any]) -> dict[str, Any]:
    return record


def glimpse(record: Any) -> str:
    if not isinstance(record, dict):
        return ""
    return " ".join("; ".join(f"{name}: {value}" for name, value in record.items()).split())


def picture(item_id: int) -> None:
    return None
