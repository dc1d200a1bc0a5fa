"""JSON lines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from formats.writers import PIECE

content_type = "application/x-ndjson"
suffix = ".jsonl"


def write(rows: Iterable[Mapping[str, Any]], fields: Sequence[str]) -> Iterator[bytes]:
    """One object per line. Dates are written as ISO 8601; what JSON has no word for, as a string."""
    lines: list[bytes] = []
    size = 0
    for row in rows:
        line = orjson.dumps({field: row.get(field) for field in fields}, default=str, option=orjson.OPT_APPEND_NEWLINE)
        lines.append(line)
        size += len(line)
        if size >= PIECE:
            yield b"".join(lines)
            lines, size = [], 0
    if lines:
        yield b"".join(lines)
