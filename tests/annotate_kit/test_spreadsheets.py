"""Excel files are read in a process of their own, of limited memory and time."""

import io
import random

import pytest

from annotate_kit.formats.column_guesses import choose
from annotate_kit.formats.readers import Unreadable, _limits, sample, xlsx
from annotate_kit.formats.records import Record, Rejected
from tests.annotate_kit.spreadsheets import DATE
from tests.annotate_kit.spreadsheets import xlsx as workbook

HEADER = ["id", "message", "stars", "date", "ok"]


def read(content, **options):
    return list(xlsx.read(io.BytesIO(content), **options))


def test_the_rows_of_the_first_sheet_are_records_of_any_columns():
    content = workbook([HEADER, [1, "Grüße & so", 4.5, (46023, DATE), True], [2.0, " a b", None, None, False]])
    assert read(content, choose=choose) == [
        Record(1, "1", "Grüße & so", meta={"stars": 4.5, "date": "2026-01-01", "ok": True}),
        Record(2, "2", " a b", meta={"ok": False}),
    ]


def test_an_excel_file_whose_columns_are_named_like_fields_needs_no_roles():
    (row,) = read(workbook([["external_id", "text", "gold", "votes_wanted", "data.x"][:4], ["a", "b", 7, 3]]))
    assert row == Record(1, "a", "b", gold=7, votes_wanted=3)


def test_empty_rows_are_counted_and_empty_columns_at_the_end_are_not():
    content = workbook(
        [[], ["id", "message", None, ""], [1, "a b"], [], [2, "c d", None, None], [3, "e f", "", "beyond"]]
    )
    rows = read(content, choose=choose)
    assert [row.row for row in rows] == [1, 3, 4]
    assert isinstance(rows[2], Rejected) and rows[2].error == "this row has 4 cells, the header 2"


def test_sheets_that_are_hidden_or_empty_are_passed_over():
    content = workbook([["text"], ["hidden"]], [], [["text"], ["shown"]], [["text"], ["later"]], hidden=(1,))
    assert [row.text for row in read(content)] == ["shown"]


def test_the_header_and_the_first_rows_can_be_looked_at():
    seen = sample(xlsx, io.BytesIO(workbook([HEADER] + [[n, f"text {n}", n, n, True] for n in range(300)])))
    assert seen.names == HEADER
    assert seen.rows[0] == [0, "text 0", 0, 0, True]
    assert len(seen.rows) == 100


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "the file is empty"),
        (b"id,text\n1,a\n", "this is no readable Excel file"),
        (workbook([["text"], ["a"]])[:-40], "this is no readable Excel file"),
        (workbook([]), "this Excel file has no sheet with cells"),
        (workbook([["text"], ["a"]], hidden=(1,)), "this Excel file has no sheet with cells"),
        (workbook([["message"], ["a"]]), "the header must name text, image, data"),
        (workbook([[f"c{n}" for n in range(2001)]]), "the file has 2,001 columns"),
    ],
    ids=["empty", "csv", "cut", "no sheet", "hidden", "no content", "too wide"],
)
def test_an_excel_file_that_cannot_be_read_says_why(content, error):
    with pytest.raises(Unreadable, match=error):
        read(content)


def test_a_cell_at_the_far_end_of_the_sheet_costs_a_process_and_no_more():
    far = workbook([["text"], ["a"]], more='<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    assert len(far) < 5000
    with pytest.raises(Unreadable, match="takes too much memory or time, as when a cell stands far below"):
        read(far)


def test_a_process_that_was_ended_for_its_time_is_told(monkeypatch, tmp_path):
    child = tmp_path / "child.py"
    child.write_text("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)")
    monkeypatch.setattr(xlsx, "_CHILD", child)
    with pytest.raises(Unreadable, match="takes too much memory or time"):
        read(workbook([["text"], ["a"]]))


def test_one_long_text_in_every_row_stays_within_what_a_file_may_become(monkeypatch):
    monkeypatch.setattr(_limits, "ALWAYS_ALLOWED", 1_000_000)
    with pytest.raises(Unreadable, match=r"unpacked, this file holds more than 1 MB"):
        read(workbook([["text"], *[["x" * 30_000]] * 50]))


def test_a_file_above_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_BYTES", 1000)
    with pytest.raises(Unreadable, match="save the sheet as CSV"):
        read(workbook([["text"], ["a"]]))


def test_nobody_waits_for_a_sheet_of_which_a_few_rows_are_wanted():
    rows = xlsx.read(io.BytesIO(workbook([["text"]] + [[f"text {n}"] for n in range(50_000)])))
    assert next(rows).text == "text 0"
    rows.close()  # ends the process


def test_a_damaged_excel_file_is_unreadable_or_has_fewer_rows():
    content, rng = workbook([HEADER, [1, "a b", 4, 2, True]]), random.Random(0)
    for _ in range(8):
        damaged = bytearray(content)
        for _ in range(3):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        try:
            read(bytes(damaged), choose=choose)
        except Unreadable as error:
            assert str(error)
