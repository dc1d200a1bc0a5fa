"""Every reader gives records, rejects bad rows with a reason, and says why a file is unreadable."""

import base64
import io
import itertools
import stat
import struct
import sys
import time
import tracemalloc
import zipfile
import zlib
from importlib.util import find_spec
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from annotate_kit.formats.datasets import Example
from annotate_kit.formats.datasets import registry as datasets
from annotate_kit.formats.images import check_image
from annotate_kit.formats.readers import Unreadable, for_file, json, ndjson, registry
from annotate_kit.formats.readers import csv as csv_reader
from annotate_kit.formats.readers import parquet as parquet_reader
from annotate_kit.formats.readers import zip as zip_reader
from annotate_kit.formats.records import Record, Rejected, clean
from annotate_kit.formats.writers import registry as writers
from tests.annotate_kit.spreadsheets import xlsx


def image(kind="PNG", size=(8, 8)):
    file = io.BytesIO()
    Image.new("L", size, 128).save(file, kind)
    return file.getvalue()


def archive(*members, mode=None, encrypted=False):
    """A zip of (name, bytes) pairs; `mode` as Unix has it, for all of them."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packer:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (mode or 0o100644) << 16
            packer.writestr(info, content)
    packed = bytearray(file.getvalue())
    if encrypted:
        packed[packed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def parquet(**columns):
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def read(reader, content, **options):
    return list(reader.read(io.BytesIO(content), **options))


def errors(rows):
    return [(row.row, row.error) for row in rows if isinstance(row, Rejected)]


GOOD = {
    "json": b'[{"external_id": "a", "text": "one"}, {"text": "two"}]',
    "ndjson": b'{"external_id": "a", "text": "one"}\n{"text": "two"}\n',
    "csv": b"external_id,text\na,one\n,two\n",
    "parquet": parquet(external_id=["a", None], text=["one", "two"]),
    "zip": archive(("a", image()), ("b", image())),
    "xlsx": xlsx([["external_id", "text"], ["a", "one"], [None, "two"]]),
    "conll": b'# id = a\n# text = "one"\none\t0\tO\n\n# id = b\n# text = "two"\ntwo\t0\tB-X\n',
}


# every entry

HAS_SPACY = find_spec("spacy") is not None
if HAS_SPACY:
    GOOD["docbin"] = datasets.load("docbin").write([Example("a", "one", value=[]), Example("b", "two", value=[])])


@pytest.mark.parametrize("name", [name for name in registry.names if name in GOOD])
class TestEveryReader:
    def test_gives_its_rows_in_order_and_counts_from_one(self, name):
        rows = read(registry.load(name), GOOD[name])
        assert [row.row for row in rows] == [1, 2]
        assert all(isinstance(row, Record) for row in rows)
        assert rows[0].external_id == "a"

    def test_is_found_by_content_type_and_by_suffix(self, name):
        reader = registry.load(name)
        for content_type in reader.content_types:
            assert for_file("upload", f"{content_type.upper()}; charset=utf-8") is reader
        for suffix in reader.suffixes:
            assert for_file(f"My File{suffix.upper()}", "application/octet-stream") is reader

    def test_says_that_an_empty_file_is_empty(self, name):
        with pytest.raises(Unreadable, match="the file is empty"):
            read(registry.load(name), b"")

    def test_reads_a_stream_that_gives_a_few_bytes_at_a_time_and_cannot_go_back(self, name):
        class Trickle(io.RawIOBase):
            remaining = GOOD[name]

            def readable(self):
                return True

            def read(self, size=-1):
                some, self.remaining = self.remaining[:3], self.remaining[3:]
                return some

        assert list(registry.load(name).read(Trickle())) == read(registry.load(name), GOOD[name])

    @given(content=st.binary(max_size=200))
    @settings(max_examples=100, deadline=None)
    def test_arbitrary_bytes_are_rejected_or_unreadable_but_never_crash(self, name, content):
        self.survives(name, content)

    @given(cut=st.integers(0, 4000), flips=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=4))
    @settings(max_examples=100, deadline=None)
    def test_a_damaged_file_is_rejected_or_unreadable_but_never_crashes(self, name, cut, flips):
        content = bytearray(GOOD[name])
        for place, byte in flips:
            content[place % len(content)] = byte
        self.survives(name, bytes(content[: cut % (2 * len(content))]))

    @staticmethod
    def survives(name, content):
        if name == "xlsx":
            return  # a process each: see test_spreadsheets
        try:
            for row in registry.load(name).read(io.BytesIO(content)):
                assert isinstance(row, Record) or row.error
        except Unreadable as error:
            assert str(error)


def test_only_what_needs_a_package_that_is_not_here_is_left_out_above():
    assert set(registry.names) - GOOD.keys() <= {"docbin"}


def test_docbin_is_refused_in_words_where_spacy_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "spacy", None)
    monkeypatch.setitem(sys.modules, "spacy.tokens", None)
    reader = for_file("train.spacy", "application/octet-stream")
    with pytest.raises(Unreadable, match="read and written by spaCy, which is not installed here: pip install spacy"):
        read(reader, b"anything")
    with pytest.raises(Unreadable, match="the file is empty"):
        read(reader, b"")


def test_a_kind_of_file_that_no_reader_knows_is_answered_with_the_known_ones():
    with pytest.raises(Unreadable, match=r"no reader for notes.docx; known are .*\.csv \.tsv \(text/csv\).*\.zip"):
        for_file("notes.docx", "application/msword")


# one record


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELD = st.sampled_from(["external_id", "text", "image", "data", "meta", "votes_wanted", "gold", "annotations"])


@given(mapping=JSON | st.dictionaries(FIELD | st.text(), JSON, max_size=4))
@settings(max_examples=100, deadline=None)
def test_whatever_json_comes_it_is_a_record_or_rejected(mapping):
    row = clean(3, mapping)
    assert row.row == 3
    if isinstance(row, Record):
        assert sum(content is not None for content in (row.text, row.image, row.data)) == 1
    else:
        assert row.error.isprintable()


def test_a_full_record_keeps_all_that_was_given():
    given_vote = {"annotator": "ann", "value": "cat", "seconds": 1.5}
    row = clean(1, {
        "external_id": 7, "image": "data:image/png;base64," + base64.b64encode(image()).decode(), "votes_wanted": 3,
        "meta": {"by": "x"}, "gold": ["cat"], "annotations": [given_vote], "text": None,
    })  # fmt: skip
    assert row == Record(1, "7", None, image(), None, None, {"by": "x"}, 3, ["cat"], [given_vote])


@pytest.mark.parametrize(
    ("mapping", "error"),
    [
        ([], "a record is an object"),
        ({}, "exactly one of text, image and data, this has none"),
        ({"text": "a", "data": {"b": 1}}, "this has text and data"),
        ({"text": ""}, "text is empty"),
        ({"text": "  \n"}, "text is empty"),
        ({"text": 5}, "text must be a string, this is a number"),
        ({"text": "a\0b"}, r"U\+0000"),
        ({"text": "a\ud800b"}, "half of a surrogate pair at character 2"),
        ({"text": "a", "label": "b"}, "unknown field 'label'; a record has external_id, text, image"),
        ({"text": "a", "external_id": True}, "external_id must be a string or an integer"),
        ({"text": "a", "external_id": ""}, "external_id is empty"),
        ({"text": "a", "external_id": "x" * 201}, "201 characters, at most 200"),
        ({"text": "a", "external_id": "x\0"}, r"external_id has the character U\+0000"),
        ({"text": "a", "votes_wanted": 0}, "votes_wanted must be an integer from 1 to 100, this is 0"),
        ({"text": "a", "votes_wanted": 101}, "from 1 to 100"),
        ({"text": "a", "votes_wanted": True}, "from 1 to 100"),
        ({"text": "a", "votes_wanted": "2"}, "from 1 to 100"),
        ({"text": "a", "meta": ["b"]}, "meta must be an object"),
        ({"text": "a", "meta": {"b": ["\0"]}}, r"meta has the character U\+0000"),
        ({"text": "a", "meta": {"b": "\udc00"}}, "meta cannot be written as JSON"),
        ({"text": "a", "gold": "\0"}, r"gold has the character U\+0000"),
        ({"data": {}}, "data is empty"),
        ({"data": "x"}, "data must be an object"),
        ({"image": "https://example.org/a.png"}, "nothing is fetched"),
        ({"image": "no base64!"}, "not valid base64"),
        ({"image": "data:image/svg+xml,<svg/>"}, "must look like data:image/png;base64"),
        ({"image": 1}, "data: URL or a base64 string"),
        ({"text": "a", "annotations": {"ann": 1}}, "annotations must be a list"),
        ({"text": "a", "annotations": [{"annotator": "ann"}]}, "an object {annotator, value, seconds"),
        ({"text": "a", "annotations": [{"annotator": "", "value": 1}]}, "annotator must be a user's name"),
        ({"text": "a", "annotations": [{"annotator": "a", "value": 1, "at": 2}]}, "unknown field 'at' in annotations"),
        ({"text": "a", "annotations": [{"annotator": "a", "value": 1, "seconds": -1}]}, "at least 0, this is -1"),
    ],
)
def test_a_bad_record_is_rejected_with_what_would_be_right(mapping, error):
    row = clean(1, mapping)
    assert isinstance(row, Rejected)
    with pytest.raises(ValueError, match=error):
        raise ValueError(row.error)


def test_a_rejected_row_is_named_by_its_external_id_only_if_that_is_a_good_one():
    assert clean(1, {"external_id": 5}).external_id == "5"
    assert clean(1, {"external_id": "x\0", "text": "a"}).external_id is None


def test_a_backslash_before_u0000_is_no_nul():
    assert isinstance(clean(1, {"text": "a", "meta": {"code": r"\u0000"}}), Record)


# JSON lines and JSON


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
@settings(max_examples=100, deadline=None)
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


# CSV


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
        (4, "meta, data and annotations hold JSON, this is '{'"),
        (5, 'a quoted cell goes on behind its closing quote; a quote within a cell is doubled: ""'),
        (7, 'a cell that begins with a quote is never closed; a quote within a cell is doubled: ""'),
    ]


def test_a_long_text_fits_into_a_csv_cell():
    (row,) = read(csv_reader, b"text\n" + b"x" * 500_000)
    assert len(row.text) == 500_000


# Parquet


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


# zip


def test_a_zip_gives_its_images_with_paths_as_external_ids():
    content = archive(
        ("digits/", b""), ("digits/7/a.png", image()), ("digits/7/.DS_Store", b"x"),
        ("__MACOSX/digits/7/._a.png", b"x"), ("b.jpg", image("JPEG")),
    )  # fmt: skip
    assert read(zip_reader, content, folders_are_labels=True) == [
        Record(1, "digits/7/a.png", image=image(), image_name="a.png", gold="7"),
        Record(2, "b.jpg", image=image("JPEG"), image_name="b.jpg"),
    ]
    assert [row.gold for row in read(zip_reader, content)] == [None, None]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (archive(("../../etc/a.png", image())), "leads out of the archive"),
        (archive(("/etc/a.png", image())), "leads out of the archive"),
        (archive(("C:\\a.png", image())), "leads out of the archive"),
        (archive(("x\\..\\a.png", image())), "leads out of the archive"),
        (archive(("a.png", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777), "symbolic link"),
        (archive(("a.png", image()), encrypted=True), "encrypted"),
        (archive(("a.png", b"\0" * 2**24)), "grows more than 100-fold"),
        (archive(("a.png", b"\0" * (20 * 2**20 + 1))), "at most 20 MB"),
        (archive(("a.png", b"just words")), "this is no image that can be shown"),
        (archive(("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")), "this is no image"),
        (archive((f"{'d' * 200}/a.png", image())), "at most 200"),
        (archive(("a.png", image())).replace(b"a.png\xeb", b"a.png\x00", 1), "cannot be unpacked"),
        (archive(("a.png", image()[:-20])), "this is no image"),
    ],
    ids=itertools.count(),
)
def test_a_bad_member_is_rejected_and_its_neighbour_is_not(content, error):
    with zipfile.ZipFile(whole := io.BytesIO(content), "a") as packer:
        packer.writestr("z.png", image())
    bad, good = read(zip_reader, whole.getvalue())
    with pytest.raises(ValueError, match=error):
        raise ValueError(bad.error)
    assert (good.row, good.external_id) == (2, "z.png")


def test_a_zip_whose_members_share_bytes_is_unreadable():
    content = archive(("a.png", bytes(range(256)) * 8))
    at, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry, count = content[at:end], 50
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, at, 0)
    packed = bytearray(entry)
    packed[20:24] = struct.pack("<L", at)  # its compressed size: nearly the whole archive
    with pytest.raises(Unreadable, match="bomb"):
        read(zip_reader, content[:at] + bytes(packed) * count + tail)


def test_a_file_that_is_no_zip_is_unreadable():
    with pytest.raises(Unreadable, match="no readable zip archive"):
        read(zip_reader, b"PK\x03\x04 and no more")


# images


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_an_image_is_known_by_its_content(kind):
    assert check_image(image(kind, (5, 3))) == (kind, 5, 3)


def huge_png(width, height):
    """A few bytes that claim to be very many pixels."""
    header = b"IHDR" + struct.pack(">2L5B", width, height, 8, 0, 0, 0, 0)
    chunks = [header, b"IDAT" + zlib.compress(b"\0" * 100), b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">L", len(chunk) - 4) + chunk + struct.pack(">L", zlib.crc32(chunk)) for chunk in chunks
    )


@pytest.mark.parametrize("size", [(10_000, 5_000), (60_000, 60_000)])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded(size):
    start = time.process_time()
    with pytest.raises(ValueError, match=r"too many pixels: .* at most 40 million"):
        check_image(huge_png(*size))
    assert time.process_time() - start < 1
    (row,) = read(zip_reader, archive(("a.png", huge_png(*size))))
    assert "too many pixels" in row.error


@given(content=st.binary(max_size=100))
@settings(max_examples=100, deadline=None)
def test_what_is_no_image_is_a_value_error_and_nothing_else(content):
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"BM", b"RIFF\0\0\0\0WEBP", b"II*\0"):
        with pytest.raises(ValueError, match="image"):
            check_image(start + content)


# the reference


@pytest.mark.parametrize("entries", [registry, writers], ids=["readers", "writers"])
def test_every_entry_is_in_the_reference(entries):
    reference = (Path(__file__).parents[2] / "docs/reference/formats.md").read_text(encoding="utf-8")
    assert [name for name in entries.names if f"| `{name}` |" not in reference] == []
