"""Rows that name an item and say something of it: read from the body as they come in, a chunk at a time."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import orjson
from django.db import connection
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.request import Request

from annotate_kit.formats.records import MAX_EXTERNAL_ID
from core.rest.json import JSONParser
from projects.models import Project

CHUNK = 20_000
READ_BYTES = 2**16
LINE_BYTES = 2**20
KEEP_REJECTED = 1000
LINES = ("application/x-ndjson", "application/jsonl", "application/jsonlines", "application/x-jsonlines")
MAX_ID = 2**63 - 1
T = TypeVar("T")
_BY_EXTERNAL_ID = "SELECT external_id, id FROM annotate_item WHERE project_id = %s AND external_id = ANY(%s)"
_BY_ID = "SELECT id, id FROM annotate_item WHERE project_id = %s AND id = ANY(%s::bigint[])"


@dataclass
class RowReport:
    """How many rows were stored, and which were not. `rejected` keeps the first thousand."""

    stored: int = 0
    rejected_count: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, row: int, external_id: Any, error: str) -> None:
        self.rejected_count += 1
        if len(self.rejected) < KEEP_REJECTED:
            name = external_id if isinstance(external_id, str) else None
            self.rejected.append({"row": row, "external_id": name, "error": error})


def chunks(
    project: Project, request: Request, check: Callable[[dict[str, Any]], T], report: RowReport
) -> Iterator[dict[int, T]]:
    """What the body says of which items: {item id: what `check` makes of the row}, the last row of an item counts.

    A row that is no object, names no item of the project, or makes `check` raise ValueError is rejected.
    """
    rows = enumerate(_rows(request), start=1)
    while chunk := list(islice(rows, CHUNK)):
        wanted: list[tuple[int, str | int, T]] = []
        for number, row in chunk:
            try:
                wanted.append((number, _name(row), check(row)))
            except ValueError as error:
                report.reject(number, row.get("external_id") if isinstance(row, dict) else None, str(error))
        ids = _item_ids(project, [name for _, name, _ in wanted])
        by_item = {}
        for number, name, what in wanted:
            if (item_id := ids.get(name)) is None:
                report.reject(number, name, f"this project has no item {name!r}")
            else:
                by_item[item_id] = what
        yield by_item


def number(row: dict[str, Any], name: str, least: float = -1e300, most: float = 1e300) -> float | None:
    """The finite number of that name, None where it is not given."""
    value = row.get(name)
    if value is None:
        return None
    if type(value) not in (int, float) or not math.isfinite(value) or not least <= value <= most:
        raise ValueError(f"{name} must be a number from {least:g} to {most:g}, this is {value!r:.60}")
    return float(value)


def _rows(request: Request) -> Iterator[Any]:
    """The rows as Python values; a line that is no JSON comes as the error that says so."""
    media_type = (request.content_type or "").partition(";")[0].strip().lower()
    if media_type in LINES:
        yield from _lines(request._request)
    elif media_type == "application/json":
        rows = JSONParser().parse(request._request)
        if not isinstance(rows, list):
            raise ParseError("The body must be a list: [{…}, {…}]; one row a line goes as application/x-ndjson.")
        yield from rows
    else:
        raise UnsupportedMediaType(request.content_type or "nothing")


def _lines(stream: Any) -> Iterator[Any]:
    for line in _cut(stream):
        if line.strip():
            try:
                yield orjson.loads(line)
            except orjson.JSONDecodeError as error:
                yield _NotJSON(f"the line is not JSON: {error}")


def _cut(stream: Any) -> Iterator[bytes]:
    """The lines of a stream by `read` alone: servers differ in what their `readline` does with a size."""
    rest = b""
    while more := stream.read(READ_BYTES):
        *lines, rest = (rest + more).split(b"\n")
        yield from lines
        if len(rest) > LINE_BYTES:
            raise ParseError(f"A line is longer than {LINE_BYTES:,} bytes.")
    yield rest


class _NotJSON(str):
    """Why a line is none."""


def _name(row: Any) -> str | int:
    """The external_id, or the id as a number."""
    if not isinstance(row, dict):
        raise ValueError(
            row if isinstance(row, str) and row.startswith("the line is") else "a row must be an object {…}"
        )
    external_id, item = row.get("external_id"), row.get("item")
    if (external_id is None) == (item is None):
        raise ValueError("a row names its item by either external_id or item")
    if item is not None:
        if type(item) is not int or not 0 < item <= MAX_ID:
            raise ValueError(f"item must be the id of an item, this is {item!r:.60}")
        return item
    if type(external_id) is int:
        return str(external_id)
    if not isinstance(external_id, str) or len(external_id) > MAX_EXTERNAL_ID or "\0" in external_id:
        raise ValueError(f"external_id must be a text of at most {MAX_EXTERNAL_ID} characters")
    return external_id


def _item_ids(project: Project, names: list[str | int]) -> dict[str | int, int]:
    """The ids of the items that there are, by their names. Two queries at most."""
    ids: dict[str | int, int] = {}
    with connection.cursor() as cursor:
        if external_ids := [name for name in names if isinstance(name, str)]:
            cursor.execute(_BY_EXTERNAL_ID, [project.pk, external_ids])
            ids.update(cursor.fetchall())
        if numbers := [name for name in names if isinstance(name, int)]:
            cursor.execute(_BY_ID, [project.pk, numbers])
            ids.update(cursor.fetchall())
    return ids
