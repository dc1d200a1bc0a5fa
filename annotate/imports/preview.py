"""A look into a file before it is imported: its first rows, what is in it, and which labels it knows."""

import base64
import io
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import ModuleType
from typing import IO, Any, BinaryIO, cast

from annotate.imports.checks import Checks
from annotate.imports.columns import wanted
from annotate_kit.formats import readers
from annotate_kit.formats.readers import Unreadable, for_file
from annotate_kit.formats.records import Record, Rejected
from projects import itemtypes, tasktypes
from projects.models import Project

MOST_RECORDS = 5
LOOKED_AT = 100
SECONDS = 1.0
MOST_LABELS = 50
_MOST_FIELDS = 6


@dataclass
class Preview:
    """The first rows of each kind, and what was seen in `rows` rows, all of the file or as many as a second allows.

    `labels` are those that a project would have; those of a form belong to its questions.
    """

    records: list[Record] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    rows: int = 0
    rejected_rows: int = 0
    labels: list[str] = field(default_factory=list)
    complete: bool = False
    error: str = ""

    @property
    def kind(self) -> str:
        """The key of the item type, by the first record; empty when there is none."""
        return itemtypes.shown_by(self.records[0]).name if self.records else ""

    @property
    def has_gold(self) -> bool:
        return any(record.gold is not None for record in self.records)

    @property
    def fields(self) -> list[str]:
        """The columns that records of a table are shown in."""
        return list(dict.fromkeys(name for record in self.records for name in record.data or {}))[:_MOST_FIELDS]

    @property
    def shown(self) -> list[dict[str, Any]]:
        return [
            {
                "record": record,
                "picture": thumbnail(record.image) if record.image else "",
                "cells": [(record.data or {}).get(name, "") for name in self.fields],
            }
            for record in self.records
        ]


def preview(
    stream: IO[bytes],
    name: str,
    content_type: str | None = None,
    folders_are_labels: bool = False,
    task_type: str = "multiple_choice",
    columns: Mapping[str, str] | None = None,
) -> Preview:
    """Look at a file for a second at most. Never raises for what it holds: `error` says why it can't be read.

    The labels are those that values of the task type name. `columns` says the roles of the columns of a table.
    """
    kind = tasktypes.registry.load(task_type)
    result = Preview()
    labels: dict[str, None] = {}
    stop = time.monotonic() + SECONDS
    try:
        reader, choose = for_file(name, content_type), (lambda _: columns) if columns else None
        options: dict[str, Any] = {"choose": choose, "folders_are_labels": folders_are_labels}
        merging = tasktypes.merging_of(task_type)
        for row in readers.rows(reader, cast(BinaryIO, stream), kind=merging, **options):
            _look_at(row, result, labels, kind)
            if time.monotonic() > stop:
                break
        else:
            result.complete = True
    except Unreadable as error:
        result.error = str(error)
    result.labels = sorted(labels, key=_naturally)[:MOST_LABELS]
    return result


@dataclass
class Outcome:
    """What the first rows of a file would become in a project."""

    rows: int = 0
    records: list[Record] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    error: str = ""


def outcome(
    project: Project, stream: IO[bytes], reader: ModuleType, columns: Mapping[str, str], *, create_annotators: bool
) -> Outcome:
    """Look at the first hundred rows as an import would, and store nothing."""
    result, checks = Outcome(), Checks(project, create_annotators=create_annotators)
    try:
        rows = readers.rows(reader, cast(BinaryIO, stream), choose=lambda _: columns, **wanted(project))
        for row in islice(rows, LOOKED_AT):
            result.rows += 1
            try:
                errors = _check(row, checks)
                if len(result.records) < MOST_RECORDS and isinstance(row, Record):
                    result.records.append(row)
            except ValueError as error:
                errors = [str(error)]
            result.rejected += [Rejected(row.row, row.external_id, error) for error in errors]
    except Unreadable as error:
        result.error = str(error)
    return result


def _check(row: Record | Rejected, checks: Checks) -> list[str]:
    """What is left out of the row. ValueError where all of it is."""
    if isinstance(row, Rejected):
        raise ValueError(row.error)
    checks.item_type(row)
    if row.gold is not None:
        checks.gold(row.gold, checks.labels)
    checks.annotations(row.annotations or [], checks.labels)
    _, errors = checks.predictions(row.predictions or [], checks.labels)
    return errors


def _look_at(row: Record | Rejected, result: Preview, labels: dict[str, None], kind: ModuleType) -> None:
    result.rows += 1
    if isinstance(row, Rejected):
        result.rejected_rows += 1
        if len(result.rejected) < MOST_RECORDS:
            result.rejected.append(row)
        return
    if len(result.records) < MOST_RECORDS:
        result.records.append(row)
    if kind.least_labels:
        labels.update(dict.fromkeys(name for name in _labels_in(row, kind) if len(name) <= 100))


def _labels_in(row: Record, kind: ModuleType) -> Iterator[str]:
    values = [row.gold, *(answer["value"] for answer in row.annotations or [])]
    for prediction in row.predictions or []:
        values += [prediction.get("value"), prediction.get("parts"), *_names(prediction.get("proba"))]
    for value in values:
        yield from tasktypes.labels_named(kind, value)


def _names(proba: Any) -> list[str]:
    return list(proba) if isinstance(proba, dict) else []


def _naturally(name: str) -> list[tuple[int, int, str]]:
    """2 before 10."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.findall(r"\d+|\D+", name)]


def thumbnail(image: bytes, edge: int = 96) -> str:
    """A small PNG of an image as a `data:` URL; empty when it can't be decoded."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(image)) as opened:
            opened.thumbnail((edge, edge))
            opened.convert("RGBA").save(small := io.BytesIO(), "PNG")
    except Exception:  # on broken files Pillow's decoders raise nearly anything
        return ""
    return "data:image/png;base64," + base64.b64encode(small.getvalue()).decode()
