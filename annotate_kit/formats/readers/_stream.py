"""What the readers share about bytes: chunks, their beginning, and what to say when they are not UTF-8."""

import shutil
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO

from annotate_kit.formats.readers import Unreadable

CHUNK = 2**18
_SPOOLED_IN_MEMORY = 8 * 2**20
_BOM = b"\xef\xbb\xbf"
_NOT_TEXT = {
    b"PK\x03\x04": "a zip archive, or an Excel file under another name; call it .zip or .xlsx",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF; copy its text into a table",
    b"\xd0\xcf\x11\xe0": "an Excel file of before 2007; save it as .xlsx",
    b"\x1f\x8b": "compressed with gzip; unpack it first",
    b"\xff\xfe": "in UTF-16; save it as UTF-8",
    b"\xfe\xff": "in UTF-16; save it as UTF-8",
}


def text_chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of a text file, without a byte order mark. Unreadable when empty, or when it is no text file at all."""
    chunk = _first(stream)
    for signature, kind in _NOT_TEXT.items():
        if chunk.startswith(signature):
            raise Unreadable(f"the file is {kind}")
    chunk = chunk.removeprefix(_BOM)
    while chunk:
        yield chunk
        chunk = stream.read(CHUNK)


def not_utf8(data: bytes, offset: int) -> str | None:
    """Where and why `data`, which starts at byte `offset` of the file, is not UTF-8; None when it is."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return not_utf8_at(offset + error.start, data[error.start])
    return None


def not_utf8_at(position: int, byte: int) -> str:
    return (
        f"not UTF-8: byte 0x{byte:02x} at position {position}; "
        "save the file as UTF-8 (it may be in Windows-1252 or Latin-1)"
    )


def seekable(stream: BinaryIO) -> IO[bytes]:
    """The stream itself if one can go back and forth in it, else a copy on disk. Unreadable when empty."""
    if not (hasattr(stream, "seekable") and stream.seekable()):
        copy = SpooledTemporaryFile(_SPOOLED_IN_MEMORY)  # noqa: SIM115 - it lives as long as its reader
        shutil.copyfileobj(stream, copy, CHUNK)
        stream = copy  # type: ignore[assignment]
    if stream.seek(0, 2) == 0:
        raise Unreadable("the file is empty")
    stream.seek(0)
    return stream


def _first(stream: BinaryIO) -> bytes:
    chunk = stream.read(CHUNK)
    while chunk and len(chunk) < 4 and (more := stream.read(CHUNK)):
        chunk += more
    if not chunk.removeprefix(_BOM):
        raise Unreadable("the file is empty")
    return chunk
