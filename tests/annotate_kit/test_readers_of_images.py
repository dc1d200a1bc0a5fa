"""Zips of pictures, and pictures by themselves."""

import io
import itertools
import stat
import struct
import time
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate_kit.formats.images import check_image
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.readers import zip as zip_reader
from annotate_kit.formats.records import Record
from tests.annotate_kit.files import archive, image, read


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
