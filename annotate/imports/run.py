"""Files on their way in: records become items with their places in the queue.

While the database stores one chunk, a thread reads and checks the next, so memory stays flat and both cores work.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO, TypeVar, cast

from django.conf import settings

from accounts.models import User
from annotate.imports.checks import Checks
from annotate.imports.chunks import Chunk, chunks
from annotate.imports.store import store
from annotate.models import Annotation, QueueState
from annotate.queue.ordering import look_again
from annotate.signals import annotation_submitted
from annotate_kit.formats.readers import Unreadable, for_file
from annotate_kit.formats.records import Record, Rejected
from projects import setup
from projects.models import Event, Order, Project

KEEP_REJECTED = 1000


class TooLarge(ValueError):
    """The file is above the limit: 413, where a door answers with such a number."""


@dataclass
class Report:
    """What became of a file's rows. `rejected` keeps the first thousand; `rejected_count` counts all."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected_count: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)  # each {row, external_id, error}

    @property
    def stored(self) -> int:
        return self.created + self.updated + self.unchanged

    def add(self, chunk: Chunk, created: int, updated: int) -> None:
        self.created += created
        self.updated += updated
        self.unchanged += chunk.size - created - updated
        self.rejected_count += len(chunk.rejected)
        room = max(0, KEEP_REJECTED - len(self.rejected))
        self.rejected += [row._asdict() for row in chunk.rejected[:room]]


Progress = Callable[[int, Report], None]


def import_file(
    project: Project,
    stream: BinaryIO | IO[bytes],
    *,
    name: str | None,
    content_type: str | None,
    by: User | None = None,
    folders_are_labels: bool = False,
    on_progress: Progress | None = None,
) -> Report:
    """Store what a file holds; the same file again changes nothing.

    Unreadable and TooLarge say, for people, why it cannot be read, or no further: then the chunks before are
    stored, and the message says so. `on_progress` is called with the bytes read and the report so far.
    """
    reader = for_file(name, content_type)
    source = _Limited(cast(BinaryIO, stream), settings.UPLOAD_BYTES)
    if folders_are_labels and not project.hide_external_ids:
        # The path tells the right answer, and so would a queue in the order of the folders.
        setup.change(project, by, {"hide_external_ids": True, "order": Order.SHUFFLED})
    rows = reader.read(source, folders_are_labels=folders_are_labels)
    checks = Checks(project, folders_are_labels=folders_are_labels)
    report = Report()

    def progressed() -> None:
        if on_progress:
            on_progress(source.bytes_read, report)

    try:
        _import(project, rows, checks, report, by, progressed)
    except (Unreadable, TooLarge) as error:
        if not report.stored:
            raise
        raise type(error)(
            f"{error}. The {report.stored} rows stored before that stay; "
            "correct the file and send it again, nothing comes twice"
        ) from None
    finally:
        _record_event(project, by, name, report)
    return report


def import_records(project: Project, rows: Iterable[Record | Rejected], by: User | None = None) -> Report:
    """Store records as items; the same ones again change nothing."""
    report = Report()
    _import(project, rows, Checks(project), report, by, lambda: None)
    return report


def _import(
    project: Project,
    rows: Iterable[Record | Rejected],
    checks: Checks,
    report: Report,
    by: User | None,
    progressed: Callable[[], None],
) -> None:
    QueueState.objects.get_or_create(project=project)
    annotated = False
    try:
        for chunk in _one_ahead(chunks(rows, checks)):
            none_known = not (report.updated or report.unchanged)
            stored = store(project, chunk, by_id=by.pk if by else None, seem_new=none_known)
            report.add(chunk, stored.created, stored.updated)
            if stored.labels_version != checks.labels.version:
                checks.read_labels_again()
            annotated = annotated or bool(chunk.annotations)
            progressed()
    finally:
        if report.created or report.updated:
            look_again(project)
        if annotated:
            annotation_submitted.send(Annotation, project=project, item_id=None)


T = TypeVar("T")


def _one_ahead(source: Iterator[T]) -> Iterator[T]:
    """The same, but while one is used, a thread makes the next."""
    with ThreadPoolExecutor(1, thread_name_prefix="import") as thread:
        coming = thread.submit(next, source, None)
        while (one := coming.result()) is not None:
            coming = thread.submit(next, source, None)
            yield one


def _record_event(project: Project, by: User | None, name: str | None, report: Report) -> None:
    if report.created or report.updated:
        counts = {"created": report.created, "updated": report.updated, "rejected": report.rejected_count}
        Event.objects.create(project=project, actor=by, act="import", data={"file": name or "", **counts})


class _Limited:
    """A stream that counts what is read of it, and is TooLarge above the limit: at once where it knows its size."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream, self._limit, self.bytes_read = stream, limit, 0
        if self.seekable() and self._stream.seek(0, os.SEEK_END) > limit:
            raise self._too_large()
        if self.seekable():
            self._stream.seek(0)

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.bytes_read += len(data)
        if self.bytes_read > self._limit and not self.seekable():
            raise self._too_large()
        return data

    def seekable(self) -> bool:
        return hasattr(self._stream, "seekable") and self._stream.seekable()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _too_large(self) -> TooLarge:
        return TooLarge(f"the file is larger than {self._limit / 2**20:,.0f} MB, the most that an import takes")
