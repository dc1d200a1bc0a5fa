"""Every writer streams its rows, and what it wrote is read back as it was."""

import csv
import datetime
import io
import tracemalloc

import orjson
import pytest

from annotate_kit.formats.writers import PIECE, registry

NOON = datetime.datetime(2026, 1, 2, 12, tzinfo=datetime.UTC)
FIELDS = ["id", "text", "value", "seconds", "created"]
ROWS = [
    {"id": 1, "text": 'Grüße, "du"\nda', "value": "cat", "seconds": 2, "created": NOON},
    {"id": 2, "text": "b", "value": ["cat", "dog"], "seconds": 1.5, "more": "left out"},
]


def content(name, rows=ROWS, fields=FIELDS):
    return b"".join(registry.load(name).write(rows, fields))


def table(written):
    import pyarrow.parquet as pq

    return pq.read_table(io.BytesIO(written))


def cells(written):
    return list(csv.reader(io.StringIO(written.decode(), newline="")))


@pytest.mark.parametrize("name", registry.names)
class TestEveryWriter:
    def test_says_what_it_writes(self, name):
        writer = registry.load(name)
        assert "/" in writer.content_type
        assert writer.suffix.startswith(".")

    def test_writes_a_valid_file_without_rows(self, name):
        assert isinstance(content(name, rows=[]), bytes)

    def test_streams_in_constant_memory(self, name):
        rows = ({"id": i, "text": f"{i:08}" * 20, "value": None} for i in range(30_000))
        tracemalloc.start()
        sizes = [len(piece) for piece in registry.load(name).write(rows, FIELDS)]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert max(sizes) < 2 * PIECE
        assert peak < 20 * 2**20


def test_json_lines_keep_the_fields_in_order_and_nothing_else():
    lines = content("jsonl").splitlines()
    assert list(orjson.loads(lines[0])) == FIELDS
    assert orjson.loads(lines[1]) == {
        "id": 2, "text": "b", "value": ["cat", "dog"], "seconds": 1.5, "created": None,
    }  # fmt: skip


def test_json_lines_write_numbers_of_any_length():
    assert content("jsonl", [{"id": 2**80}], ["id"]) == b'{"id": %d}\n' % 2**80


def test_csv_gives_back_the_texts_and_writes_lists_as_json():
    assert cells(content("csv")) == [
        FIELDS,
        ["1", 'Grüße, "du"\nda', "cat", "2", NOON.isoformat()],
        ["2", "b", '["cat","dog"]', "1.5", ""],
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "＝1+1", "-"])
def test_no_cell_of_a_csv_is_a_formula(cell):
    assert cells(content("csv", [{cell: cell}], [cell])) == [[f"'{cell}"], [f"'{cell}"]]


@pytest.mark.parametrize("number", [-1, -1.5, "-1.5", "+3", "-2e-7"])
def test_a_number_in_a_csv_stays_one(number):
    assert cells(content("csv", [{"n": number}], ["n"]))[1] == [str(number)]


def test_parquet_has_a_type_per_column():
    written = table(content("parquet"))
    assert [str(kind) for kind in written.schema.types] == [
        "int64",
        "string",
        "string",
        "double",
        "timestamp[us, tz=UTC]",
    ]
    assert written.to_pylist()[1] == {"id": 2, "text": "b", "value": '["cat","dog"]', "seconds": 1.5, "created": None}


@pytest.mark.parametrize(
    ("values", "kind", "last"),
    [
        ([1, 2.5], "double", 2.5),
        ([None, 3], "int64", 3),
        ([1, "a"], "string", "a"),
        ([1, True], "string", "true"),
        ([2**80, 1], "string", "1"),
        ([None, None], "string", None),
        (["a", NOON], "string", "2026-01-02T12:00:00+00:00"),
    ],
)
@pytest.mark.parametrize("between", [0, 10_000])
def test_a_column_of_parquet_fits_its_last_row_too(values, kind, last, between):
    rows = [{"v": values[0]}, *({} for _ in range(between)), {"v": values[1]}]
    column = table(content("parquet", rows, ["v"])).column("v")
    assert str(column.type) == kind
    if not (between and isinstance(values[1], datetime.datetime)):
        assert column[-1].as_py() == last
