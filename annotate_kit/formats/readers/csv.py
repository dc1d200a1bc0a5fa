"""CSV (comma, semicolon or tab)."""

import codecs
import csv
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.readers._columns import Columns
from annotate_kit.formats.readers._stream import not_utf8_at, text_chunks
from annotate_kit.formats.records import FIELDS, MAX_RECORD_BYTES, Record, Rejected, clean

content_types = ("text/csv", "text/tab-separated-values", "application/csv")
suffixes = (".csv", ".tsv")


def read(stream: BinaryIO, *, folders_are_labels: bool = False) -> Iterator[Record | Rejected]:
    """A record per row; the first below the header is row 1. Empty rows are passed over, but counted."""
    csv.field_size_limit(MAX_RECORD_BYTES)
    lines = _lines(stream)
    first = next((line for line in lines if line.strip()), "")
    rows = _rows(_Lines(chain([first], lines)), _delimiter(first))
    columns = _columns(next(rows, []))
    for row, cells in enumerate(rows, 1):
        if isinstance(cells, csv.Error):
            yield Rejected(row, None, _reason(cells))
        elif cells:
            yield _record(row, columns, cells)


def _record(row: int, columns: Columns, cells: list[str]) -> Record | Rejected:
    try:
        return clean(row, columns.mapping(cells))
    except ValueError as error:
        return Rejected(row, None, str(error))


def _columns(header: list[str] | csv.Error) -> Columns:
    if isinstance(header, csv.Error):
        raise Unreadable(f"the header cannot be read: {_reason(header)}")
    return Columns([name.strip() for name in header], typed=False)


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
    decoder = codecs.getincrementaldecoder("utf-8")()
    position = 0
    try:
        for chunk in text_chunks(stream):
            position += len(chunk)
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        at = position - len(error.object) + error.start
        raise Unreadable(not_utf8_at(at, error.object[error.start])) from None


def _delimiter(header: str) -> str:
    """The one by which the header names the most columns that we know."""
    names = {delimiter: [name.strip(' "\r\n') for name in header.split(delimiter)] for delimiter in ",\t;"}
    return max(names, key=lambda delimiter: sum(name.partition(".")[0] in FIELDS for name in names[delimiter]))


def _reason(error: csv.Error) -> str:
    reason = str(error)
    if "unexpected end" in reason:
        return 'a cell that begins with a quote is never closed; a quote within a cell is doubled: ""'
    if "expected after" in reason:
        return 'a quoted cell goes on behind its closing quote; a quote within a cell is doubled: ""'
    if "new-line" in reason:
        return "a line ends in a carriage return alone; save the file with line feeds"
    return f"broken CSV: {reason}"
