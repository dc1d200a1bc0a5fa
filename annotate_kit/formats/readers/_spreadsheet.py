"""The rows of a spreadsheet as JSON lines: standard input to standard output, in a process of its own.

A spreadsheet of a kilobyte may name a cell in the last row and column of a sheet, for which calamine wants half a
terabyte, and Rust ends a process that gets no memory. So it is this one, of limited memory and time. It is started as
a file in Python's isolated mode and imports nothing of ours.
"""

import datetime
import io
import resource
import sys
from typing import Any

import orjson
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

BROKEN = 3  # exit statuses
NO_SHEET = 4


def main(memory_bytes: int, seconds: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        for sheet in book.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
                rows = book.get_sheet_by_name(sheet.name)
                if rows.height:
                    write(rows.iter_rows())
                    return 0
        return NO_SHEET
    except CalamineError as error:
        sys.stderr.write(str(error))
        return BROKEN


def write(rows: Any) -> None:
    for row in rows:
        sys.stdout.buffer.write(orjson.dumps([plain(cell) for cell in row]) + b"\n")


def plain(cell: Any) -> Any:
    """Excel knows no whole numbers; dates become ISO 8601."""
    if type(cell) is float and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, datetime.timedelta) else cell


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
