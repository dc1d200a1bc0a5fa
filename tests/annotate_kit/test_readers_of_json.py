"""JSON lines and JSON: broken lines, broken lists, any JSON at all."""

import io
import itertools
import tracemalloc

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate_kit.formats.readers import Unreadable, json, ndjson
from annotate_kit.formats.readers import csv as csv_reader
from annotate_kit.formats.records import Record, Rejected, clean
from tests.annotate_kit.files import GOOD, JSON, archive, errors, read


def test_a_broken_line_is_rejected_and_reading_goes_on():
    rows = read(ndjson, b'{"text": "a"}\n{"text": \n\nnull\n{"text": "caf\xe9"}\r\n{"text": "b"}')
    assert [row.row for row in rows] == [1, 2, 4, 5, 6]
    assert [row.text for row in rows if isinstance(row, Record)] == ["a", "b"]
    (_, broken), (_, null), (_, latin) = errors(rows)
    assert broken.startswith("broken JSON at character 10")
    assert null == 'a record is an object such as {"text": "…"}, this is null'
    assert latin.startswith("not UTF-8: byte 0xe9 at position 13; save the file as UTF-8")


def test_a_line_longer_than_a_record_may_be_is_rejected_without_keeping_it_in_memory(monkeypatch):
    monkeypatch.setattr(ndjson, "MAX_RECORD_BYTES", 2**20)
    line = b'{"text": "' + b"x" * 2**24 + b'"}\n'
    content = io.BytesIO(b'{"text": "a"}\n' + line + b'{"text": "b"}')
    tracemalloc.start()
    rows = list(ndjson.read(content))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [type(row) for row in rows] == [Record, Rejected, Record]
    assert "longer than 1 MB" in rows[1].error
    assert peak < 2**23


def test_a_list_sent_as_lines_is_answered_with_where_it_belongs():
    with pytest.raises(Unreadable, match=r"send it as \.json"):
        read(ndjson, b'[\n  {"text": "a"}\n]')


@pytest.mark.parametrize("reader", [json, ndjson, csv_reader])
def test_a_byte_order_mark_is_passed_over(reader):
    name = reader.__name__.rpartition(".")[2]
    assert read(reader, b"\xef\xbb\xbf" + GOOD[name]) == read(reader, GOOD[name])


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("text\nü".encode("utf-16"), "in UTF-16; save it as UTF-8"),
        (archive(("a", b"")), "a zip archive"),
        (b"\x1f\x8b\x08\x00", "compressed with gzip"),
    ],
)
@pytest.mark.parametrize("reader", [json, ndjson, csv_reader])
def test_a_file_that_is_no_text_is_named_for_what_it_is(reader, content, error):
    with pytest.raises(Unreadable, match=error):
        read(reader, content)


@pytest.mark.parametrize("chunk", [1, 2, 7, 64, 2**18])
def test_json_is_read_alike_however_the_bytes_fall(monkeypatch, chunk):
    records = [
        {"text": 'braces } { ] [ , and "quotes\\" \\'}, {"data": {"a": {"b": [{}, {"c": "}"}]}}}, 5, "x}", [{}, {}],
        None, {"text": "ünïcödé 🙂"}, *({"text": str(i)} for i in range(20)), {"text": "last"}, 7,
    ]  # fmt: skip
    content = b" \n" + orjson.dumps(records, option=orjson.OPT_INDENT_2) + b"\n "
    monkeypatch.setattr("annotate_kit.formats.readers._stream.CHUNK", chunk)
    assert read(json, content) == [clean(row, record) for row, record in enumerate(records, 1)]


@given(records=st.lists(JSON, max_size=6), chunk=st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_json_lists_of_anything_are_read_whole(records, chunk):
    content = orjson.dumps([record for record in records if is_json(record)])
    stream = io.BytesIO(content)
    expected = [clean(row, record) for row, record in enumerate(orjson.loads(content), 1)]
    pieces = iter(lambda: stream.read(chunk), b"")

    class InPieces:
        def read(self, size):
            return next(pieces, b"")

    assert list(json.read(InPieces())) == expected


def is_json(value):
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"   ", "nothing but white space"),
        (b'{"text": "a"}', r"must be a list of records.*application/x-ndjson"),
        (b'[{"text": "a"} {"text": "b"}]', "broken JSON at byte 15"),
        (b'[{"text": "a"},]', "broken JSON at byte 14, near ',]': trailing comma"),
        (b'[{"text": "a"}.5, {"text": "b"}]', "broken JSON at byte 14"),
        (b'[{"text": "a"}', "broken JSON"),
        (b'[{"text": "a"}] {}', "broken JSON"),
        (b'[{"text": "a"}, {"text": "caf\xe9"}]', "not UTF-8: byte 0xe9 at position 29"),
        (b"[" * 5000, "broken JSON"),
    ],
)
def test_a_broken_list_is_unreadable_from_where_it_breaks(content, error):
    with pytest.raises(Unreadable, match=error):
        read(json, content)


def test_the_good_records_before_a_break_are_given():
    rows = []
    with pytest.raises(Unreadable):
        rows.extend(itertools.islice(json.read(io.BytesIO(b'[{"text": "a"}, {"text": "b"}, {"te')), 2))
        rows.extend(json.read(io.BytesIO(b'[{"text": "a"}, {"te')))
    assert [row.text for row in rows][:2] == ["a", "b"]
