"""Small files that would become gigabytes, or keep a server busy for minutes, are refused with a reason."""

import csv
import io
import subprocess
import sys
import time
import zipfile

import pytest
from PIL import Image

from annotate_kit.formats import images
from annotate_kit.formats.images import MAX_FRAMES, check_image
from annotate_kit.formats.readers import Unreadable, json, ndjson
from annotate_kit.formats.readers import csv as csv_reader
from annotate_kit.formats.readers import parquet as parquet_reader
from annotate_kit.formats.readers import zip as zip_reader
from annotate_kit.formats.readers._parquet_pages import _Thrift
from annotate_kit.formats.records import Record, Rejected

LONG = "x" * 2_000_000


def parquet(columns, compression="zstd", **options):
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, compression=compression, **options)
    return file.getvalue()


def dictionary_of_one_long_text():
    import pyarrow as pa

    indices = pa.array([0] * 1000, pa.int32())
    return parquet({"text": pa.DictionaryArray.from_arrays(indices, pa.array([LONG]))})


def one_long_text_in_every_row():
    return parquet({"text": [LONG] * 60}, use_dictionary=False)


def long_texts_that_share_their_beginning():
    return parquet({"text": [LONG] * 60}, use_dictionary=False, column_encoding={"text": "DELTA_BYTE_ARRAY"})


def one_long_text_inside_structs():
    return parquet({"text": ["a"] * 60, "meta": [{"a": LONG}] * 60})


def lists_of_one_long_text():
    return parquet({"text": ["a"] * 10, "meta": [{"a": [LONG] * 10}] * 10})


def one_long_key_of_maps():
    import pyarrow as pa

    maps = pa.array([[(LONG, "v")]] * 60, pa.map_(pa.string(), pa.string()))
    return parquet({"text": ["a"] * 60, "meta": maps})


def lists_of_very_many_numbers():
    import numpy as np
    import pyarrow as pa

    numbers = pa.ListArray.from_arrays(np.arange(11) * 1_500_000, pa.array(np.zeros(15_000_000, dtype=np.int64)))
    return parquet({"text": ["a"] * 10, "meta.x": numbers})


def one_wide_value_of_fixed_length():
    import pyarrow as pa

    return parquet({"image": pa.array([b"x" * 2_000_000] * 60, pa.binary(2_000_000))})


BOMBS = [
    dictionary_of_one_long_text,
    one_long_text_in_every_row,
    long_texts_that_share_their_beginning,
    one_long_text_inside_structs,
    lists_of_one_long_text,
    one_long_key_of_maps,
    lists_of_very_many_numbers,
    one_wide_value_of_fixed_length,
]

READ = r"""
import re, sys
from pathlib import Path
from annotate_kit.formats.readers import Unreadable, parquet

for name in sys.argv[1:]:
    with open(name, "rb") as file:
        try:
            print(sum(1 for row in parquet.read(file)), "rows")
        except Unreadable as error:
            print(error)
print(int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.slow(reason="makes files of which the largest unpacks to gigabytes")
def test_a_parquet_file_of_a_few_kilobytes_never_takes_gigabytes(tmp_path):
    paths = [tmp_path / f"{make.__name__}.parquet" for make in BOMBS]
    for path, make in zip(paths, BOMBS, strict=True):
        path.write_bytes(make())
        assert path.stat().st_size < 50_000
    done = subprocess.run([sys.executable, "-c", READ, *paths], capture_output=True, text=True, check=True)
    *outcomes, megabytes = done.stdout.splitlines()
    assert len(outcomes) == len(BOMBS)
    for outcome in outcomes:
        assert "unpacked, this file holds more than 100 MB, which is ten times its size and 100 MB" in outcome
    assert int(megabytes) < 600


def test_a_page_that_is_larger_than_the_footer_says_is_seen_by_its_own_header():
    import pyarrow.parquet as pq

    content = one_long_text_in_every_row()
    size = pq.read_metadata(io.BytesIO(content)).row_group(0).column(0).total_uncompressed_size
    written = thrift(size, 1)
    edited = content.replace(written, thrift(1000, len(written)))
    assert pq.read_metadata(io.BytesIO(edited)).row_group(0).column(0).total_uncompressed_size == 1000
    with pytest.raises(Unreadable, match="more than 100 MB"):
        list(parquet_reader.read(io.BytesIO(edited)))


def test_a_parquet_file_with_any_byte_changed_never_ends_the_process():
    """pyarrow aborts when it is asked for a codec that there is not, as a footer may say."""
    content = parquet({"text": ["one", None]})
    for place in range(len(content)):
        for byte in (43, 255):
            damaged = content[:place] + bytes([byte]) + content[place + 1 :]
            try:
                list(parquet_reader.read(io.BytesIO(damaged)))
            except Unreadable as error:
                assert "Parquet" in str(error) or "column" in str(error)


def test_a_footer_that_says_a_thing_twice_is_refused():
    """Readers differ in what they make of it, so the pages that were looked at might not be those that are read."""
    reader = _Thrift(bytes([0x15, 2, 0x05, 2, 4, 0]))  # field 1, and field 1 again
    with pytest.raises(ValueError, match="twice"):
        reader.struct()


def thrift(number, length):
    """A number as Thrift's compact protocol writes it, in so many bytes at least."""
    remaining, written = number << 1, bytearray()
    while remaining > 127 or len(written) < length - 1:
        written.append(remaining & 127 | 128)
        remaining >>= 7
    return bytes(written) + bytes([remaining])


def test_an_ordinary_parquet_file_of_any_encoding_is_read_whole():
    texts = [f"text {number} {'é' * (number % 50)}" for number in range(5000)]
    for options in (
        {},
        {"use_dictionary": False},
        {"use_dictionary": False, "column_encoding": {"text": "DELTA_BYTE_ARRAY"}},
        {"use_dictionary": False, "column_encoding": {"text": "DELTA_LENGTH_BYTE_ARRAY"}},
        {"data_page_version": "2.0", "row_group_size": 700, "data_page_size": 3000},
        {"compression": "snappy", "dictionary_pagesize_limit": 500},
        {"compression": "gzip"},
        {"compression": "none"},
        {"compression": "lz4"},
        {"compression": "brotli"},
    ):
        rows = list(parquet_reader.read(io.BytesIO(parquet({"text": texts}, **options))))
        assert [row.text for row in rows] == texts, options
        assert [row.row for row in rows] == list(range(1, 5001))


def test_nested_parquet_columns_keep_their_values():
    content = parquet({"text": ["a", "b"], "meta": [{"tags": ["x", "y"], "n": 1}, {"tags": [], "n": None}]})
    assert [row.meta for row in parquet_reader.read(io.BytesIO(content))] == [
        {"tags": ["x", "y"], "n": 1},
        {"tags": [], "n": None},
    ]


def test_a_parquet_row_above_the_limit_of_a_record_is_rejected_and_its_neighbour_is_not():
    first, second = parquet_reader.read(
        io.BytesIO(parquet({"text": ["x" * (33 * 2**20), "short"]}, use_dictionary=False))
    )
    assert isinstance(first, Rejected) and "the record has 33.0 MB, at most 32 MB are read" in first.error
    assert (second.row, second.text) == (2, "short")


# CSV


@pytest.mark.parametrize("columns", [2001, 40_000])
def test_a_table_of_very_many_columns_is_refused_soon(columns):
    content = ",".join(f"data.c{number}" for number in range(columns)).encode() + b"\n"
    start = time.process_time()
    with pytest.raises(Unreadable, match=f"the file has {columns:,} columns, at most 2,000 are read"):
        list(csv_reader.read(io.BytesIO(content)))
    assert time.process_time() - start < 1


def test_two_thousand_columns_are_read():
    content = ",".join(f"data.c{number}" for number in range(2000)) + "\n" + ",".join(["1"] * 2000)
    (row,) = csv_reader.read(io.BytesIO(content.encode()))
    assert len(row.data) == 2000


def test_a_parquet_file_of_too_many_columns_is_refused():
    with pytest.raises(Unreadable, match="the file has 2,001 columns"):
        list(parquet_reader.read(io.BytesIO(parquet({f"data.c{number}": [1] for number in range(2001)}))))


@pytest.fixture
def longest(monkeypatch):
    """Sets the most bytes of a record; Python keeps them for all that read CSV."""
    before = csv.field_size_limit()
    yield lambda size: monkeypatch.setattr(csv_reader, "MAX_RECORD_BYTES", size)
    csv.field_size_limit(before)


def test_a_csv_row_of_many_quoted_lines_has_an_end(longest):
    longest(10_000)
    cell = b'"' + b"x\n" * 2000 + b'"'
    content = b"data.a,data.b,data.c\n1,2,3\n" + b",".join([cell] * 3) + b"\n"
    rows = csv_reader.read(io.BytesIO(content))
    assert next(rows).data == {"a": 1, "b": 2, "c": 3}
    with pytest.raises(Unreadable, match="a row is longer than"):
        list(rows)


def test_many_rows_together_may_be_longer_than_a_record(longest):
    longest(100)
    assert len(list(csv_reader.read(io.BytesIO(b"text\n" + b"some words\n" * 1000)))) == 1000


# JSON


MANY_VALUES = b'{"data": {"a": [' + b"[]," * 1_100_000 + b"[]]}}"


def test_a_record_of_a_million_empty_lists_is_rejected_and_the_next_line_is_not():
    bad, good = ndjson.read(io.BytesIO(MANY_VALUES + b'\n{"text": "a"}'))
    assert isinstance(bad, Rejected) and "more than 1,000,000 values" in bad.error
    assert isinstance(good, Record)


def test_a_list_with_such_a_record_is_unreadable_from_there():
    rows = json.read(io.BytesIO(b'[{"text": "a"},' + MANY_VALUES + b"]"))
    assert next(rows).text == "a"
    with pytest.raises(Unreadable, match="the record at byte 14 has more than 1,000,000 values"):
        list(rows)


# zip


def archive(count, content=b"", compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as members:
        for number in range(count):
            members.writestr(f"{number}.png", content)
    return file.getvalue()


def test_a_zip_of_very_many_members_is_refused_before_they_are_looked_at(monkeypatch):
    monkeypatch.setattr(zip_reader, "MAX_MEMBERS", 5000)
    content = archive(5001)
    with monkeypatch.context() as patch:
        patch.delattr(zipfile, "ZipInfo")  # the object that is made of each
        with pytest.raises(Unreadable, match="more than 5,000 files and folders; cut it into several"):
            list(zip_reader.read(io.BytesIO(content)))
    assert len(list(zip_reader.read(io.BytesIO(archive(5000))))) == 5000


def test_a_zip_with_an_endless_directory_is_refused(monkeypatch):
    monkeypatch.setattr(zip_reader, "_DIRECTORY_BYTES", 1000)
    with pytest.raises(Unreadable, match="the directory of this zip archive is too long"):
        list(zip_reader.read(io.BytesIO(archive(100))))


def test_an_empty_member_is_rejected_by_name():
    (row,) = zip_reader.read(io.BytesIO(archive(1)))
    assert (row.external_id, row.error) == ("0.png", "the file is empty; leave it out")


def test_a_zip_whose_members_together_become_too_much_is_refused():
    with pytest.raises(Unreadable, match=r"unpacked, this file holds more than 10\d MB"):
        list(zip_reader.read(io.BytesIO(archive(210, b"\0" * 2**19))))


# images


def animation(kind, frames, size=(1000, 1000)):
    file = io.BytesIO()
    pictures = [Image.new("L", size, shade) for shade in (0, 255)]
    pictures[0].save(file, kind, save_all=True, append_images=[pictures[n % 2] for n in range(1, frames)])
    return file.getvalue()


def gif(frames, size):
    """One frame again and again: Pillow itself leaves out those that are the same."""
    file = io.BytesIO()
    Image.new("L", size).save(file, "GIF")
    content = file.getvalue()
    frame = content[content.index(b",") : -1]
    return content[:-1] + frame * (frames - 1) + b";"


def test_an_animation_is_limited_by_pixels_times_frames():
    with pytest.raises(ValueError, match=r"too many frames: .* frames; at most 200 million pixels"):
        check_image(gif(250, (1000, 1000)))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_every_kind_of_animation_is_limited_by_pixels_times_frames(kind, monkeypatch):
    monkeypatch.setattr(images, "MAX_ANIMATION_PIXELS", 2_000_000)
    assert check_image(animation(kind, 5, (600, 600))) == (kind, 600, 600)
    with pytest.raises(ValueError, match=r"600 × 600 pixels in 6 frames; at most 2 million pixels"):
        check_image(animation(kind, 6, (600, 600)))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_an_ordinary_animation_is_an_image(kind):
    assert check_image(animation(kind, 5, (100, 80))) == (kind, 100, 80)


def test_the_frames_of_a_gif_are_not_counted_for_ever():
    content = gif(300_000, (1, 1))
    start = time.process_time()
    with pytest.raises(ValueError, match=f"more than {MAX_FRAMES:,} frames"):
        check_image(content)
    assert time.process_time() - start < 1


def test_a_gif_that_was_cut_off_within_a_frame_is_still_an_image():
    whole = gif(3, (40, 30))
    assert check_image(whole[:-12]) == ("GIF", 40, 30)
