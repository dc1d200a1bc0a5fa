"""JSON lines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from annotate_kit.formats.writers import PIECE
from annotate_kit.formats.writers._json import dumps

content_type = "application/x-ndjson"
suffix = ".jsonl"
nested = True


def write(rows: Iterable[Mapping[str, Any]], fields: Sequence[str]) -> Iterator[bytes]:
    """One object per line. Dates are written as ISO 8601; what JSON has no word for, as a string."""
    lines: list[bytes] = []
    size = 0
    for row in rows:
        line = dumps({field: row.get(field) for field in fields})
        lines.append(line)
        size += len(line)
        if size >= PIECE:
            yield b"\n".join(lines) + b"\n"
            lines, size = [], 0
    if lines:
        yield b"\n".join(lines) + b"\n"
