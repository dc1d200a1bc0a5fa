"""JSON lines (one object per line)."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.readers._limits import MAX_VALUES, has_too_many_values
from annotate_kit.formats.readers._records import Choose, from_objects
from annotate_kit.formats.readers._stream import not_utf8, text_chunks
from annotate_kit.formats.records import MAX_RECORD_BYTES, Record, Rejected

content_types = ("application/x-ndjson", "application/jsonl", "application/jsonlines", "application/x-jsonlines")
suffixes = (".jsonl", ".ndjson")


def read(
    stream: BinaryIO, *, choose: Choose | None = None, folders_are_labels: bool = False, kind: str | None = None
) -> Iterator[Record | Rejected]:
    """A record per line; its row is the line's number. A broken line is rejected, empty ones are passed over."""
    return from_objects(_objects(stream), choose, kind)


def _objects(stream: BinaryIO) -> Iterator[tuple[int, Any]]:
    """(row, what the line holds), or (row, why it is rejected)."""
    loads = orjson.loads
    for row, line in enumerate(_lines(stream), 1):
        if line is not None and has_too_many_values(line):
            yield row, Rejected(row, None, f"the record has more than {MAX_VALUES:,} values, the most for one")
            continue
        try:
            yield row, loads(line)  # type: ignore[arg-type]  # None is no JSON either
        except orjson.JSONDecodeError as error:
            if line is None or line.strip():
                yield row, _rejected(row, line, error)


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Lines without their ends; None for one that is longer than a record may be."""
    tail, overlong = b"", False
    for chunk in text_chunks(stream):
        head, *lines = chunk.split(b"\n")
        if not overlong:
            tail += head
        if lines:
            yield None if overlong else tail
            tail, overlong = lines.pop(), False
            yield from lines
        if len(tail) > MAX_RECORD_BYTES:
            tail, overlong = b"", True
    if tail or overlong:
        yield None if overlong else tail


def _rejected(row: int, line: bytes | None, error: orjson.JSONDecodeError) -> Rejected:
    if line is None:
        return Rejected(row, None, f"the line is longer than {MAX_RECORD_BYTES >> 20} MB, the most for a record")
    if row == 1 and line.lstrip().startswith(b"["):
        raise Unreadable("this is a JSON list, not an object per line; send it as .json (application/json)")
    reason = not_utf8(line, 0) or f"broken JSON at character {error.pos + 1}: {error.msg}"
    return Rejected(row, None, f"{reason}; each line must be one JSON object")
