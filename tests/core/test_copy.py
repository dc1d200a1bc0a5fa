"""Rows go into the database by COPY as they are, and come out as arrays."""

import numpy as np
import pytest
from django.db import connection

from core.postgres import copy
from core.postgres.sql_files import blocks

COLUMNS = {"words": "text", "content": "jsonb", "share": "float8", "right_one": "boolean"}


def staged(*lines: str) -> list[tuple]:
    with connection.cursor() as cursor:
        copy.stage(cursor, "staged_rows", COLUMNS, copy.lines(lines), more="note bigint")
        cursor.execute("SELECT words, content::text, share, right_one, note FROM staged_rows")
        return cursor.fetchall()


@pytest.mark.parametrize("words", ["", "plain", 'a "quoted" word', "a,b\nc\td", "\\N", "\\.", "ü€😀", "NULL", " a "])
def test_text_comes_in_as_it_is(db, words):
    line = copy.line(copy.text(words), copy.json({"words": words}), copy.number(0.1), copy.number(None))
    ((text, content, share, right_one, note),) = staged(line)
    assert (text, share, right_one, note) == (words, 0.1, None, None)
    assert content == staged(line)[0][1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT content->>'words' FROM staged_rows")
        assert cursor.fetchone() == (words,)


def test_no_value_and_the_null_of_json_differ(db):
    rows = staged(copy.line("", copy.json(None), "", ""), copy.line("", copy.json_or_null(None), "", ""))
    assert [content for _, content, *_ in rows] == ["null", None]


def test_what_was_staged_before_is_left_out(db):
    staged(copy.line(copy.text("old"), "", "", ""))
    assert [row[0] for row in staged(copy.line(copy.text("new"), "", "", copy.number(True)))] == ["new"]


def test_arrays_come_back_as_they_went(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE array_rows (one bigint, two int, three float8) ON COMMIT DROP")
    two = np.array([3, -4, 5])
    copy.append("array_rows", {"one": (">i8", 2**40), "two": (">i4", two), "three": (">f8", [0.5, np.inf, -1e-300])})
    types = {"one": ">i8", "two": ">i4", "three": ">f8"}
    rows = copy.read("SELECT * FROM array_rows WHERE two > %(least)s ORDER BY two", types, {"least": -10})
    assert rows.tolist() == [(2**40, -4, np.inf), (2**40, 3, 0.5), (2**40, 5, -1e-300)]


def test_no_rows_are_no_rows(db):
    assert len(copy.read("SELECT 1::bigint WHERE false", {"one": ">i8"}, {})) == 0


def test_a_file_of_sql_is_read_block_by_block(tmp_path):
    file = tmp_path / "some.sql"
    file.write_text("-- for the reader\n\n-- name: one\nSELECT 1;\n-- why\nSELECT 2\n\n-- name: two\nSELECT 3\n")
    assert blocks(file) == {"one": "SELECT 1;\n-- why\nSELECT 2", "two": "SELECT 3"}
