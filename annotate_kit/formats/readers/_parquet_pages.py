"""The pages of a Parquet file as their headers describe them: what they will take in memory, before one is unpacked.

The footer of a file may say anything about sizes; what is allocated follows from the page headers. Both are Thrift
structures in the compact protocol (https://github.com/apache/parquet-format). They are read here, since pyarrow ends
the process when it is asked for the details of a damaged footer.
"""

from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from annotate_kit.formats.readers import Unreadable

MAX_PAGES = 200_000
_FOOTER_BYTES = 8 * 2**20
_HEADER_BYTES = (2**14, 2**20, 2**24)  # read at first, and when the header is longer
_DICTIONARY_PAGE = 2
_MOST_LOOKED_AT = 2_000_000  # values of a dictionary
_CODECS = {0: "", 1: "snappy", 2: "gzip", 4: "brotli", 6: "zstd", 7: "lz4_raw"}
_BROKEN = "this is no readable Parquet file"


class Chunk(NamedTuple):
    """A column of a row group: its pages follow each other from `at` to `end`."""

    at: int
    end: int
    values: int
    codec: str | None  # None of what is not known here


class Page(NamedTuple):
    """`size` in bytes without compression; `values` with nulls; `encoding` is a number of Parquet's.

    Its bytes are the `packed` ones of the file from `at` on.
    """

    is_dictionary: bool
    size: int
    values: int
    encoding: int
    at: int
    packed: int


def row_groups(source: IO[bytes]) -> list[tuple[int, list[Chunk]]]:
    """Of each row group the number of rows and the columns. Unreadable when the footer is none."""
    source.seek(max(0, source.seek(0, 2) - 8))
    end = source.read(8)
    length = int.from_bytes(end[:4], "little")
    if not end.endswith(b"PAR1"):
        raise Unreadable(f"{_BROKEN}: it does not end as one")
    if length > _FOOTER_BYTES:
        raise Unreadable("the description at the end of this Parquet file is too long; write it with larger row groups")
    try:
        source.seek(-8 - length, 2)
        footer = _Thrift(source.read(length)).struct()
        return [
            (group[3, _I64], [_chunk(column) for column in group[1, _LIST]]) for group in footer.get((4, _LIST), [])
        ]
    except (IndexError, KeyError, TypeError, ValueError, OSError, RecursionError):
        raise Unreadable(f"{_BROKEN}: its description is damaged or encrypted") from None


def _chunk(column: Any) -> Chunk:
    described = column[3, _STRUCT]
    at, dictionary_at = described[9, _I64], described.get((11, _I64), 0)
    if 0 < dictionary_at < at:
        at = dictionary_at
    if at < 0:
        raise ValueError("a column begins before the file")
    return Chunk(at, at + described[7, _I64], described[5, _I64], _CODECS.get(described[4, _I32]))


def pages(source: IO[bytes], chunk: Chunk) -> Iterator[Page]:
    """The pages of a column. Unreadable when the header of one makes no sense, or there are too many."""
    at, values = chunk.at, 0
    while at < chunk.end and values < chunk.values:
        header, length = _header(source, at)
        page = _page(header, at + length)
        values += 0 if page.is_dictionary else page.values
        yield page
        at = page.at + page.packed


def check_pages(count: int) -> None:
    if count > MAX_PAGES:
        raise Unreadable(f"this Parquet file has more than {MAX_PAGES:,} pages; write it with larger ones")


def _header(source: IO[bytes], at: int) -> tuple[dict[tuple[int, int], Any], int]:
    """The header that begins there, and its length."""
    for size in _HEADER_BYTES:
        source.seek(at)
        reader = _Thrift(data := source.read(size))
        try:
            return reader.struct(), reader.at
        except IndexError:
            if len(data) < size:
                break
        except (ValueError, RecursionError):
            break
    raise Unreadable(f"{_BROKEN}: a page has no header that makes sense")


def _page(header: dict[tuple[int, int], Any], at: int) -> Page:
    is_dictionary = _number(header, 1) == _DICTIONARY_PAGE
    version_1, dictionary, version_2 = (header.get((field, _STRUCT)) for field in (5, 7, 8))
    details = dictionary if is_dictionary else version_2 or version_1
    encoding = _number(details, 4 if details is version_2 else 2)
    return Page(is_dictionary, _number(header, 2), _number(details, 1), encoding, at, _number(header, 3))


def _number(struct: dict[tuple[int, int], Any] | None, field: int) -> int:
    value = (struct or {}).get((field, _I32), -1)
    if value < 0:
        raise Unreadable(f"{_BROKEN}: a page header lacks a number")
    return value


def longest_value(source: IO[bytes], page: Page, codec: str | None) -> int:
    """The length of the longest string in a dictionary page; that of the page where it cannot be told soon."""
    if codec is None or page.values > _MOST_LOOKED_AT:
        return page.size
    source.seek(page.at)
    try:
        data = _unpacked(source.read(page.packed), page.size, codec)
    except (ValueError, OSError, MemoryError):
        return page.size
    at = longest = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "little")
        longest = max(longest, length)
        at += 4 + length
    return min(longest, page.size)


def _unpacked(data: bytes, size: int, codec: str) -> bytes:
    import pyarrow as pa

    return pa.Codec(codec).decompress(data, size).to_pybytes() if codec else data


_I32, _I64, _LIST, _STRUCT = 5, 6, 9, 12


class _Thrift:
    """Reads the compact protocol. IndexError when the data ends too early, ValueError when it is something else."""

    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    def struct(self) -> dict[tuple[int, int], Any]:
        """{(field, type): number, […] of a list, {…} of a struct, None of what concerns nobody here}."""
        fields: dict[tuple[int, int], Any] = {}
        seen: set[int] = set()
        field = 0
        while byte := self._byte():
            field = field + (byte >> 4) if byte >> 4 else self._zigzag()
            if field in seen:
                raise ValueError("a field comes twice")  # others would take parts of both
            seen.add(field)
            fields[field, byte & 15] = self._value(byte & 15)
        return fields

    def _value(self, kind: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, _I32, _I64):
            return self._zigzag()
        if kind == 7:
            return self._skip(8)
        if kind == 8:
            return self._skip(self._varint())
        if kind in (_LIST, 10):
            return self._list()
        if kind == _STRUCT:
            return self.struct()
        raise ValueError("Parquet has no such type")

    def _list(self) -> list[Any]:
        head = self._byte()
        size, kind = head >> 4 if head >> 4 < 15 else self._varint(), head & 15
        if kind in (1, 2):  # unlike as fields, these take a byte each
            return [self._byte() for _ in range(size)]
        return [self._value(kind) for _ in range(size)]

    def _byte(self) -> int:
        byte = self._data[self.at]
        self.at += 1
        return byte

    def _skip(self, size: int) -> None:
        self.at += size
        if self.at > len(self._data):
            raise IndexError

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 63:
                raise ValueError("Parquet has no such number")

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
