"""JSON (a list of objects)."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

import orjson

from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.readers._limits import MAX_VALUES, has_too_many_values
from annotate_kit.formats.readers._records import Choose, from_objects
from annotate_kit.formats.readers._stream import CHUNK, not_utf8, text_chunks
from annotate_kit.formats.records import MAX_RECORD_BYTES, Record, Rejected, shown

content_types = ("application/json", "text/json")
suffixes = (".json",)


def read(
    stream: BinaryIO, *, choose: Choose | None = None, folders_are_labels: bool = False, kind: str | None = None
) -> Iterator[Record | Rejected]:
    """A record per element of the list. Unreadable, after the good ones, from where the JSON is broken."""
    return from_objects(enumerate(chain.from_iterable(_elements(stream)), 1), choose, kind)


_AT_FIRST, _AFTER_OTHERS = b"[", b"[{}"  # what makes the rest a list again; {} stands for what was read already


def _elements(stream: BinaryIO) -> Iterator[list[Any]]:
    """The list in parts that were read at once: as many whole elements as the bytes so far hold."""
    chunks = text_chunks(stream)
    rest, position, before = *_opened(chunks), _AT_FIRST
    while True:
        elements, used = _whole(before, rest, position)
        yield elements
        if used:
            rest, position, before = rest[used:], position + used, _AFTER_OTHERS
        elif has_too_many_values(rest):
            raise Unreadable(f"the record at byte {position} has more than {MAX_VALUES:,} values, the most for one")
        if not (more := _at_least(len(rest), chunks)):
            break
        rest += more
        if len(rest) > 2 * MAX_RECORD_BYTES:
            raise Unreadable(f"no record ends within {MAX_RECORD_BYTES >> 20} MB after byte {position}")
    yield _parsed(before, rest, position)


def _opened(chunks: Iterator[bytes]) -> tuple[bytes, int]:
    """What follows the opening bracket, and its place in the file."""
    head = b""
    for chunk in chunks:
        head += chunk
        if content := head.lstrip():
            if not content.startswith(b"["):
                raise Unreadable(_no_list(content))
            return content[1:], len(head) - len(content) + 1
        if len(head) > CHUNK:
            break
    raise Unreadable("the file holds nothing but white space; it must be a list of records: [{…}, {…}]")


def _no_list(content: bytes) -> str:
    instead = "one object per line goes as .jsonl (application/x-ndjson), COCO and LabelMe with their pictures as .zip"
    hint = f"; {instead}" if content.startswith(b"{") else ""
    return f"broken JSON: the file must be a list of records: [{{…}}, {{…}}]{hint}"


def _at_least(size: int, chunks: Iterator[bytes]) -> bytes:
    """More of the file, and as much again as is waiting already, so that a long record is not scanned too often."""
    more = bytearray(next(chunks, b""))
    while len(more) < size and (chunk := next(chunks, b"")):
        more += chunk
    return bytes(more)


def _whole(before: bytes, rest: bytes, position: int) -> tuple[list[Any], int]:
    """The elements that `rest` holds as a whole, up to the last object among them, and their length in bytes.

    What ends in an object, and with "]" behind it is a list, was cut between two elements: anywhere else brackets or
    quotes stay open. So the last few "}" are tried before `rest` is scanned for the right one.
    """
    end = len(rest)
    for _ in range(3):
        end = rest.rfind(b"}", 0, end)
        if end < 0:
            return [], 0
        try:
            return _list(before, rest[: end + 1] + b"]"), end + 1
        except orjson.JSONDecodeError:
            continue
    end = _end_of_last_object(rest)
    return (_parsed(before, rest[:end] + b"]", position), end) if end else ([], 0)


_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[{}\[\]]', re.DOTALL)


def _end_of_last_object(rest: bytes) -> int:
    depth = end = 0
    for match in _STRING_OR_BRACKET.finditer(rest):
        symbol = match[0]
        if symbol in (b"{", b"["):
            depth += 1
        elif symbol in (b"}", b"]"):
            depth -= 1
            if depth == 0:
                end = match.end()
            elif depth < 0:
                break
    return end


def _list(before: bytes, rest: bytes) -> list[Any]:
    elements = orjson.loads(before + rest)
    return elements if before == _AT_FIRST else elements[1:]


def _parsed(before: bytes, rest: bytes, position: int) -> list[Any]:
    try:
        return _list(before, rest)
    except orjson.JSONDecodeError as error:
        raise Unreadable(not_utf8(rest, position) or _broken(error, before, position)) from None


def _broken(error: orjson.JSONDecodeError, before: bytes, position: int) -> str:
    byte = position + len(error.doc[len(before) : error.pos].encode())
    near = error.doc[max(len(before), error.pos - 20) : error.pos + 20]
    return f"broken JSON at byte {byte}, near {shown(near)}: {error.msg}"
