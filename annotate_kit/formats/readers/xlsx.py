"""Excel (the first sheet)."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO

import orjson

from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.readers._limits import Budget
from annotate_kit.formats.readers._records import Choose, from_cells
from annotate_kit.formats.readers._stream import CHUNK
from annotate_kit.formats.records import MAX_RECORD_BYTES, Record, Rejected, shown, too_large

content_types = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",)
suffixes = (".xlsx", ".xlsm")

MAX_BYTES = 100 * 2**20
_MEMORY_BYTES = 2**30
_SECONDS = 120  # of processor time
_CHILD = Path(__file__).with_name("_spreadsheet.py")
_BROKEN, _NO_SHEET = 3, 4  # what the child says by its exit status


def read(
    stream: BinaryIO, *, choose: Choose | None = None, folders_are_labels: bool = False
) -> Iterator[Record | Rejected]:
    """A record per row of the first sheet that is shown and not empty; the first below the header is row 1.

    A row without any cell is passed over. Whole numbers are integers, dates ISO 8601.
    """
    with TemporaryFile() as file:
        shutil.copyfileobj(stream, file, CHUNK)
        size = file.tell()
        _check(size)
        file.seek(0)
        rows = _rows(file, Budget(size))
        header = next(filter(None, map(_trimmed, rows)), [])
        yield from from_cells([_name(cell) for cell in header], _numbered(rows, len(header)), choose, typed=True)


def _check(size: int) -> None:
    if not size:
        raise Unreadable("the file is empty")
    if size > MAX_BYTES:
        raise Unreadable(f"an Excel file of more than {MAX_BYTES >> 20} MB is not read; save the sheet as CSV")


def _name(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _numbered(rows: Iterator[list[Any]], width: int) -> Iterator[tuple[int, Any]]:
    """(row, cells) without what is empty beyond the header."""
    for row, cells in enumerate(rows, 1):
        if (size := sum(len(cell) for cell in cells if type(cell) is str)) > MAX_RECORD_BYTES:
            yield row, Rejected(row, None, too_large(size))
        elif used := _trimmed(cells):
            yield row, used + [""] * (width - len(used))


def _trimmed(cells: list[Any]) -> list[Any]:
    while cells and cells[-1] in (None, ""):
        cells.pop()
    return cells


def _rows(file: IO[bytes], budget: Budget) -> Iterator[list[Any]]:
    """The rows as a process of limited memory and time reads them."""
    command = [sys.executable, "-I", str(_CHILD), str(_MEMORY_BYTES), str(_SECONDS)]
    with (
        TemporaryFile() as complaints,
        subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE, stderr=complaints) as child,
    ):
        try:
            for line in child.stdout or ():
                budget.spend(len(line))
                yield orjson.loads(line)
            if status := child.wait():
                complaints.seek(0)
                raise Unreadable(_reason(status, complaints.read(2000).decode(errors="replace")))
        finally:
            child.kill()


def _reason(status: int, complaint: str) -> str:
    if status == _NO_SHEET:
        return "this Excel file has no sheet with cells"
    if status == _BROKEN:
        return f"this is no readable Excel file: {shown(complaint)}; save it as .xlsx or CSV"
    return (
        "this Excel file takes too much memory or time, as when a cell stands far below or beside the others; "
        "save the sheet as CSV"
    )
