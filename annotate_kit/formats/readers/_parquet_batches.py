"""A Parquet file in batches that fit into memory, whatever was packed into few bytes.

Repeated values and shared beginnings let a file of some hundred bytes become gigabytes. So the page headers are read
first: they bound what is unpacked, and how many rows are at once. A batch is weighed, and cut, before Python objects
are made of it.
"""

from collections.abc import Iterator, Sequence
from typing import IO, Any

from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.readers._limits import Budget, check_columns
from annotate_kit.formats.readers._parquet_pages import Chunk, Page, check_pages, longest_value, pages, row_groups
from annotate_kit.formats.records import MAX_RECORD_BYTES

MAX_PAGE_BYTES = 512 * 2**20  # of all columns together, the largest page of each
_PAGES_TOO_LARGE = (
    f"the pages of this Parquet file have more than {MAX_PAGE_BYTES >> 20} MB; write it with smaller ones, such as "
    "data_page_size=2**20, or fewer rows a row group"
)
_SHARES_BEGINNINGS = 7  # DELTA_BYTE_ARRAY
_BATCH_BYTES = 64 * 2**20
_ROWS_AT_ONCE = 16_384
_ROW_BYTES = 32  # what a row counts at least: a file of a kilobyte can hold a billion rows without a value


class File:
    """A Parquet file to read once. Unreadable when it would grow to more than a file may become."""

    def __init__(self, source: IO[bytes]) -> None:
        import pyarrow.parquet as pq

        self._budget = Budget(source.seek(0, 2))
        described = row_groups(source)
        source.seek(0)
        self._file = pq.ParquetFile(source)
        check_columns(self._file.metadata.num_columns)
        self._groups = _groups(source, described, self._file.schema, self._budget)
        self.names: list[str] = self._file.schema_arrow.names
        self.metadata: dict[bytes, bytes] = self._file.schema_arrow.metadata or {}

    def batches(self) -> Iterator[Any]:
        """Record batches, each of at most `MAX_RECORD_BYTES` as plain values or of one row."""
        for number, group in enumerate(self._groups):
            for batch in self._file.iter_batches(group.rows_at_once, row_groups=[number]):
                yield from _cut(batch, self._budget)


class _Column:
    """What the pages of a column chunk take."""

    def __init__(self, source: IO[bytes], chunk: Chunk, schema: Any, rows: int) -> None:
        self._schema = schema
        self.pages = self.size = self.largest = self._values = 0
        self._widest = 0  # what a value takes that may come again and again: it stands in a dictionary
        self._density = 0.0
        for page in pages(source, chunk):
            self._count(page)
            if page.is_dictionary:
                self._widest = max(self._widest, self._width(source, page, chunk.codec))
        if schema.max_repetition_level:  # an empty list is a bit in the file and an object in memory
            self.size += (8 + self._widest) * self._values
        per_row = max(1.0, self._values / max(1, rows))
        self.row_bytes = max(self._density, float(self._widest)) * per_row

    def _count(self, page: Page) -> None:
        self.pages += 1
        check_pages(self.pages)
        self.size += page.size
        self.largest = max(self.largest, page.size)
        if self.largest > MAX_PAGE_BYTES:
            raise Unreadable(_PAGES_TOO_LARGE)
        if not page.is_dictionary:
            self._values += page.values
            self._density = max(self._density, page.size / max(1, page.values))
            if page.encoding == _SHARES_BEGINNINGS:
                self._widest = max(self._widest, page.size)

    def _width(self, source: IO[bytes], page: Page, codec: str | None) -> int:
        if self._schema.physical_type == "BYTE_ARRAY":
            return longest_value(source, page, codec)
        return max(16, self._schema.length or 0)


class _Group:
    """What the columns of a row group take, and how many of its rows are read at once."""

    def __init__(self, columns: list[_Column]) -> None:
        self.size = sum(column.size for column in columns)
        self.pages = sum(column.pages for column in columns)
        if sum(column.largest for column in columns) > MAX_PAGE_BYTES:
            raise Unreadable(_PAGES_TOO_LARGE)
        row_bytes = sum(column.row_bytes for column in columns)
        self.rows_at_once = int(min(_ROWS_AT_ONCE, max(1, _BATCH_BYTES // max(1.0, row_bytes))))


def _groups(
    source: IO[bytes], described: Sequence[tuple[int, list[Chunk]]], schema: Any, budget: Budget
) -> list[_Group]:
    """The row groups; Unreadable when their pages are too many, or more than the file may become."""
    groups: list[_Group] = []
    size = page_count = 0
    for rows, chunks in described:
        if len(chunks) != len(schema):
            raise Unreadable("this is no readable Parquet file: a row group lacks columns")
        columns = [_Column(source, chunk, schema.column(place), rows) for place, chunk in enumerate(chunks)]
        groups.append(group := _Group(columns))
        size, page_count = size + group.size, page_count + group.pages
        budget.check(size)
        check_pages(page_count)
    return groups


def _cut(batch: Any, budget: Budget) -> Iterator[Any]:
    """The batch, or its halves, until each is small enough."""
    size = plain_bytes(batch)
    if size > MAX_RECORD_BYTES and batch.num_rows > 1:
        half = batch.num_rows // 2
        yield from _cut(batch.slice(0, half), budget)
        yield from _cut(batch.slice(half), budget)
    else:
        budget.spend(max(size, _ROW_BYTES * batch.num_rows))
        yield batch


def plain_bytes(batch: Any) -> int:
    """What a batch takes without dictionaries, whose values `nbytes` counts once."""
    return sum(_plain_bytes(column) for column in batch.columns)


def _plain_bytes(column: Any) -> int:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return _taken_bytes(column)
    if pa.types.is_struct(kind):
        return sum(_plain_bytes(field) for field in column.flatten())
    if pa.types.is_map(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return 8 * len(column) + _plain_bytes(column.flatten())
    return column.nbytes


def _taken_bytes(column: Any) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type.value_type
    if not (pa.types.is_string(kind) or pa.types.is_binary(kind)):
        return 16 * len(column)
    lengths = pc.binary_length(column.dictionary)
    return (pc.sum(lengths.take(column.indices)).as_py() or 0) + 4 * len(column)
