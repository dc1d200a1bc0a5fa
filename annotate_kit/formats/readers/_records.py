"""Rows of tables and lists of objects become records, by the roles of their columns."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import orjson

from annotate_kit.formats.columns import Columns, Roles, Sample, completed, unique_names
from annotate_kit.formats.readers import Unreadable, _datasets
from annotate_kit.formats.readers._limits import check_columns
from annotate_kit.formats.records import Record, Rejected, clean

Choose = Callable[[Sample], Roles | None]
"""Says by a sample of the file what its columns are; None: what their names say."""

SAMPLE_ROWS = 100
_SAMPLE_BYTES = 4 * 2**20


def from_cells(
    header: Sequence[str], rows: Iterator[tuple[int, Any]], choose: Choose | None, *, typed: bool
) -> Iterator[Record | Rejected]:
    """Records of (row, cells); what came as a Rejected instead of cells stays one."""
    check_columns(len(header))
    names, roles = list(header), None
    if choose:
        first, rows = _first(rows)
        names = unique_names(header)
        whole = [list(cells) for _, cells in first if not isinstance(cells, Rejected) and len(cells) == len(names)]
        roles = choose(Sample(names, whole))
    columns = Columns(names if roles else header, roles, typed=typed)
    mapping = columns.mapping
    for row, cells in rows:
        if type(cells) is Rejected:
            yield cells
            continue
        try:
            record = clean(row, mapping(cells))
        except ValueError as error:
            record = Rejected(row, None, str(error))
        yield record


def from_objects(
    rows: Iterator[tuple[int, Any]], choose: Choose | None, kind: str | None = None
) -> Iterator[Record | Rejected]:
    """Records of (row, object), of which the keys are the columns. `kind` is that of the values that are wanted."""
    first, rows = _first(rows)
    objects = [value for _, value in first if type(value) is dict]
    if tool := _datasets.recognised(objects):
        yield from _datasets.records(rows, tool, kind)
        return
    if choose:
        names = list(dict.fromkeys(chain.from_iterable(objects)))
        check_columns(len(names))
        cells = [[value.get(name) for name in names] for value in objects]
        roles = choose(Sample(names, cells, objects=True)) if names else None
        if roles:
            yield from _by_role(rows, names, roles)
            return
    for row, value in rows:
        yield value if type(value) is Rejected else clean(row, value)


def _by_role(rows: Iterable[tuple[int, Any]], names: list[str], roles: Roles) -> Iterator[Record | Rejected]:
    """The same, where keys may come up that the first rows had not."""
    columns, known = Columns(names, roles, typed=True), set(names)
    for row, value in rows:
        if type(value) is not dict:
            yield value if isinstance(value, Rejected) else clean(row, value)
            continue
        if not known.issuperset(value):
            names = list(dict.fromkeys([*names, *value]))
            columns, known = Columns(names, completed(roles, names), typed=True), set(names)
        yield _record(row, columns, [value.get(name) for name in names])


def _record(row: int, columns: Columns, cells: Sequence[Any]) -> Record | Rejected:
    try:
        return clean(row, columns.mapping(cells))
    except ValueError as error:
        return Rejected(row, None, str(error))


def _first(rows: Iterator[tuple[int, Any]]) -> tuple[list[tuple[int, Any]], Iterator[tuple[int, Any]]]:
    """The first rows, fewer where they are long, and all of them. What breaks the file comes after the rows before."""
    first: list[tuple[int, Any]] = []
    size = 0
    try:
        for row, content in islice(rows, SAMPLE_ROWS):
            first.append((row, content))
            size += _size(content)
            if size > _SAMPLE_BYTES:
                break
    except Unreadable as error:
        if not first:
            raise
        return first, chain(first, _broken(error))
    return first, chain(first, rows)


def _broken(error: Unreadable) -> Iterator[tuple[int, Any]]:
    raise error
    yield


def _size(content: Any) -> int:
    if type(content) is dict:
        content = list(content.values())
    if isinstance(content, (list, tuple)):
        return sum(_size_of_value(value) for value in content)
    return 0


def _size_of_value(value: Any) -> int:
    return len(value) if type(value) in (str, bytes) else len(orjson.dumps(value, default=str))
