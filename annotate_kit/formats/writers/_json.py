"""How the writers put a value into JSON."""

import json
from typing import Any

import orjson


def dumps(value: Any) -> bytes:
    """Dates as ISO 8601, what JSON has no word for as a string."""
    try:
        return orjson.dumps(value, default=str)
    except TypeError:  # integers beyond 64 bits, keys that are no strings, more than 254 levels
        return json.dumps(value, default=str, ensure_ascii=False).encode()
