"""CSV and Parquet."""

import pytest

from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.readers import csv as csv_reader
from annotate_kit.formats.readers import parquet as parquet_reader
from annotate_kit.formats.records import Record
from tests.annotate_kit.files import errors, image, parquet, read


def test_csv_columns_become_fields():
    rows = read(
        csv_reader,
        b"external_id,text,votes_wanted,gold,meta,meta.source\n"
        b'7,"a, ""b""\nc",2,7,"{""n"": 1}",web\n8,d,,"[""x""]",,\n',
    )
    assert rows == [
        Record(1, "7", 'a, "b"\nc', votes_wanted=2, gold="7", meta={"n": 1, "source": "web"}),
        Record(2, "8", "d", gold=["x"]),
    ]


def test_csv_of_data_columns_gives_table_records_with_numbers():
    (row,) = read(csv_reader, b"data.age,data.job,data.zip,data.height,data.no\n42,nurse,01069,-1.5e2,\n")
    assert row.data == {"age": 42, "job": "nurse", "zip": "01069", "height": -150.0}
    assert type(row.data["age"]) is int


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_header_shows_the_delimiter(delimiter):
    content = f"external_id{delimiter}text\r\n1{delimiter}a\r\n".encode()
    assert read(csv_reader, content) == [Record(1, "1", "a")]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"\n\n", "the header must name text, image, data"),
        (
            b"hello,world\n1,2\n",
            "among the columns, it is .hello, world",
        ),
        (b"text,label\na,b\n", "unknown column 'label'; known are external_id, text"),
        (b"text,text\na,b\n", "two columns are called 'text'"),
        (b",text\n0,a\n", r"column 1 has no name .*index=False"),
        ("text\nü\n".encode() + b"caf\xe9\n", "not UTF-8: byte 0xe9 at position 11"),
        (b'"text', "the header cannot be read"),
    ],
)
def test_a_csv_with_a_wrong_header_or_encoding_is_unreadable(content, error):
    with pytest.raises(Unreadable, match=error):
        read(csv_reader, content)


def test_a_broken_csv_row_is_rejected_and_reading_goes_on():
    rows = read(csv_reader, b'text,meta\na,\nb\n\nc,{\n"d"x,\ne,\n"f,\n')
    assert [row.text for row in rows if isinstance(row, Record)] == ["a", "e"]
    assert errors(rows) == [
        (2, "this row has 1 cells, the header 2"),
        (4, "meta, data, annotations and predictions hold JSON, this is '{'"),
        (5, 'a quoted cell goes on behind its closing quote; a quote within a cell is doubled: ""'),
        (7, 'a cell that begins with a quote is never closed; a quote within a cell is doubled: ""'),
    ]


def test_a_long_text_fits_into_a_csv_cell():
    (row,) = read(csv_reader, b"text\n" + b"x" * 500_000)
    assert len(row.text) == 500_000


def test_parquet_columns_become_fields_that_json_knows():
    import datetime

    content = parquet(
        **{
            "external_id": [1, 2],
            "image": [{"bytes": image(), "path": "a.png"}, {"bytes": b"x", "path": None}],
            "votes_wanted": [3.0, float("nan")],
            "meta": [{"day": datetime.date(2026, 1, 2)}, None],
            "meta.score": [0.5, float("nan")],
            "gold": ["7", '["a"]'],
        }
    )
    assert read(parquet_reader, content) == [
        Record(1, "1", image=image(), votes_wanted=3, meta={"day": "2026-01-02", "score": 0.5}, gold="7"),
        Record(2, "2", image=b"x", gold=["a"]),
    ]


def test_a_string_in_parquet_stays_a_string():
    (row,) = read(parquet_reader, parquet(**{"data.code": ["42"], "data.age": [42]}))
    assert row.data == {"code": "42", "age": 42}


def test_what_json_cannot_hold_is_a_rejected_row():
    (row,) = read(parquet_reader, parquet(text=["a"], gold=[b"\xff"]))
    assert row.error.startswith("gold cannot be written as JSON")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"text,label", "this is no readable Parquet file"),
        (parquet(text=["a"])[:-20], "this is no readable Parquet file"),
        (parquet(text=["a"], label=["b"]), "unknown column 'label'"),
    ],
)
def test_a_wrong_parquet_file_is_unreadable(content, error):
    with pytest.raises(Unreadable, match=error):
        read(parquet_reader, content)
