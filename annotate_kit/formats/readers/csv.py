"""CSV (comma, semicolon or tab)."""

import codecs
import csv
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any, BinaryIO

from annotate_kit.formats.columns import native_role
from annotate_kit.formats.readers import Unreadable, _datasets
from annotate_kit.formats.readers._records import Choose, from_cells
from annotate_kit.formats.readers._stream import not_utf8_at, text_chunks
from annotate_kit.formats.records import MAX_RECORD_BYTES, Record, Rejected

content_types = ("text/csv", "text/tab-separated-values", "application/csv")
suffixes = (".csv", ".tsv")


def read(
    stream: BinaryIO,
    *,
    choose: Choose | None = None,
    folders_are_labels: bool = False,
    kind: str | None = None,
    questions: Collection[str] = (),
) -> Iterator[Record | Rejected]:
    """A record per row; the first below the header is row 1. Empty rows are passed over, but counted. Of Label Studio's
    tables, the rows about one task are one record."""
    csv.field_size_limit(MAX_RECORD_BYTES)
    lines = _lines(stream)
    delimiter, first = _dialect(_first_lines(lines))
    rows = _rows(_Lines(chain(first, lines)), delimiter)
    header, numbered = _header(next(rows, [])), _numbered(rows)
    if _datasets.is_table_of_tool(header):
        table = list(numbered)
        if (answers := _datasets.of_table(header, table, kind, questions)) is not None:
            yield from answers
            return
        try:
            yield from from_cells(header, iter(table), choose, typed=False)
        except Unreadable as error:
            raise Unreadable(f"{error}; {_datasets.ROLES_OF_TABLE}") from None
        return
    yield from from_cells(header, numbered, choose, typed=False)


def _numbered(rows: Iterator[list[str] | csv.Error]) -> Iterator[tuple[int, Any]]:
    for row, cells in enumerate(rows, 1):
        if isinstance(cells, csv.Error):
            yield row, Rejected(row, None, _reason(cells))
        elif cells:
            yield row, cells


def _header(cells: list[str] | csv.Error) -> list[str]:
    if isinstance(cells, csv.Error):
        raise Unreadable(f"the header cannot be read: {_reason(cells)}")
    names = [name.strip() for name in cells]
    if any("\0" in name for name in names):
        raise Unreadable("this is no text file: its first line has the character U+0000")
    return names


def _rows(lines: "_Lines", delimiter: str) -> Iterator[list[str] | csv.Error]:
    """Rows of cells; the error in place of a row that is broken. The next line begins a row again."""
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        try:
            for row in rows:
                lines.size = 0
                yield row
            return
        except csv.Error as error:
            lines.size = 0
            yield error


class _Lines:
    """The lines of a file, whose `size` is that of the row that is being read: quotes can make it many lines long."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self.size = lines, 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.size += len(line)
            if self.size > MAX_RECORD_BYTES:
                raise Unreadable(f"a row is longer than {MAX_RECORD_BYTES >> 20} MB, the most for a record")
            yield line


def _lines(stream: BinaryIO) -> Iterator[str]:
    """Lines with their ends. Only a line feed ends one: the others may stand within a text."""
    tail = ""
    for text in _decoded(stream):
        head, *lines = text.split("\n")
        tail += head
        if lines:
            yield tail + "\n"
            tail = lines.pop()
            for line in lines:
                yield line + "\n"
        if len(tail) > MAX_RECORD_BYTES:
            raise Unreadable(f"a line is longer than {MAX_RECORD_BYTES >> 20} MB, the most for a record")
    if tail:
        yield tail


def _decoded(stream: BinaryIO) -> Iterator[str]:
    """The text, from UTF-8; from Windows-1252, as Excel writes it, where the first letter beyond ASCII is no UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    position, only_ascii = 0, True
    chunks = text_chunks(stream)
    try:
        for chunk in chunks:
            position += len(chunk)
            text = decoder.decode(chunk)
            only_ascii = only_ascii and text.isascii()
            yield text
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        at = position - len(error.object) + error.start
        if not only_ascii or not error.object[: error.start].isascii():
            raise Unreadable(not_utf8_at(at, error.object[error.start])) from None
        yield from _from_windows(chain([error.object], chunks), position - len(error.object))


def _from_windows(chunks: Iterable[bytes], position: int) -> Iterator[str]:
    for chunk in chunks:
        try:
            yield chunk.decode("cp1252")
        except UnicodeDecodeError as error:
            raise Unreadable(not_utf8_at(position + error.start, chunk[error.start])) from None
        position += len(chunk)


def _first_lines(lines: Iterator[str]) -> list[str]:
    """The first lines from one that holds something on, enough to see what divides the cells."""
    first: list[str] = []
    for line in lines:
        if first or line.strip():
            first.append(line)
        if len(first) == _LOOKED_AT:
            break
    return first


def _dialect(first: list[str]) -> tuple[str, list[str]]:
    """What divides the cells, and the lines from the header on: Excel may say it in a line before."""
    if first and (separator := _SEPARATOR.fullmatch(first[0].strip())):
        return separator[1], first[1:]
    if not first or not any(delimiter in first[0] for delimiter in _DELIMITERS):
        return _NOTHING, first
    return max(_DELIMITERS, key=lambda delimiter: _fitness(first, delimiter)), first


def _fitness(first: list[str], delimiter: str) -> tuple[int, float, int]:
    """How many known names the header has by it, how many rows are as long as the header, and how long that is."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(cells for cells in csv.reader(first, delimiter=delimiter) if cells)
    header = [name.strip() for name in rows[0]] if rows else []
    known = sum(native_role(name) is not None for name in header)
    alike = sum(len(cells) == len(header) for cells in rows) / max(1, len(rows))
    return known, alike if len(header) > 1 else 0.0, len(header)


_DELIMITERS = ",\t;|"
_NOTHING = "\x1f"  # divides no cells: of a single column, the texts may hold anything
_SEPARATOR = re.compile(r'"?sep=([,;|\t])"?', re.IGNORECASE)
_LOOKED_AT = 20


def _reason(error: csv.Error) -> str:
    reason = str(error)
    if "unexpected end" in reason:
        return 'a cell that begins with a quote is never closed; a quote within a cell is doubled: ""'
    if "expected after" in reason:
        return 'a quoted cell goes on behind its closing quote; a quote within a cell is doubled: ""'
    if "new-line" in reason:
        return "a line ends in a carriage return alone; save the file with line feeds"
    return f"broken CSV: {reason}"
