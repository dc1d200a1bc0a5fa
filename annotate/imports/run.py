"""Files on their way in: records become items with their places in the queue.

While the database stores one chunk, a thread reads and checks the next, so memory stays flat and both cores work.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO, TypeVar, cast

from django.conf import settings

from accounts.models import User
from annotate.imports import annotators
from annotate.imports.checks import Checks
from annotate.imports.chunks import Chunk, chunks
from annotate.imports.columns import ColumnChoice, merged, wanted
from annotate.imports.store import Stored, store
from annotate.models import Annotation, QueueState
from annotate.queue import suggestions
from annotate.queue.locks import PICTURES
from annotate.queue.ordering import look_again
from annotate.queue.suggestions import Proposal
from annotate.signals import annotation_submitted
from annotate_kit.formats import readers
from annotate_kit.formats.readers import Unreadable, for_file
from annotate_kit.formats.records import Record, Rejected
from core.limits import TooLarge, too_large
from core.postgres.locks import shared_lock
from projects import setup
from projects.models import Event, Order, Project

KEEP_REJECTED = 1000


@dataclass
class Report:
    """What became of a file's rows. `rejected` keeps the first thousand; `rejected_count` counts all."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected_count: int = 0
    annotators_created: int = 0
    columns: dict[str, str] | None = None  # the role of each, where their names did not say all
    rejected: list[dict[str, Any]] = field(default_factory=list)  # each {row, external_id, error}

    @property
    def stored(self) -> int:
        return self.created + self.updated + self.unchanged

    def add(self, chunk: Chunk, stored: Stored) -> None:
        self.created += stored.created
        self.updated += stored.updated
        self.unchanged += chunk.size - stored.created - stored.updated
        self.annotators_created += stored.annotators_created
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
    columns: Mapping[str, str] | None = None,
    folders_are_labels: bool = False,
    create_annotators: bool = False,
    on_progress: Progress | None = None,
) -> Report:
    """Store what a file holds; the same file again changes nothing.

    `columns` says the role of columns of a table by their names (see `annotate_kit.formats.columns`); without it, it
    is as in the project's file before, or guessed. With `create_annotators`, answers of people who have no account
    come in as those of members who cannot log in.

    Unreadable and TooLarge say, for people, why it cannot be read, or no further: then the chunks before are
    stored, and the message says so. `on_progress` is called with the bytes read and the report so far.
    """
    reader = for_file(name, content_type)
    source = _Limited(cast(BinaryIO, stream), settings.UPLOAD_BYTES)
    if folders_are_labels and not project.hide_external_ids:
        # The path tells the right answer, and so would a queue in the order of the folders.
        setup.change(project, by, {"hide_external_ids": True, "order": Order.SHUFFLED})
    choice = ColumnChoice(project, columns)
    options = {"choose": choice, "folders_are_labels": folders_are_labels, **wanted(project)}
    rows = merged(readers.rows(reader, cast(BinaryIO, source), **options), choice)
    checks = Checks(
        project,
        folders_are_labels=folders_are_labels,
        create_annotators=create_annotators,
        rows_are_votes=lambda: choice.rows_are_votes,
    )
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
        report.columns = choice.roles
        if report.stored:
            choice.remember(project)
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
    annotated, counted = False, 0
    try:
        with shared_lock(PICTURES, project.pk):
            for chunk in _one_ahead(chunks(rows, checks)):
                none_known = not (report.updated or report.unchanged)
                stored = store(project, chunk, by_id=by.pk if by else None, seem_new=none_known)
                report.add(chunk, stored)
                _suggest(project, chunk)
                counted = _count_guesses(checks, by, counted)
                if stored.labels_version != checks.labels.version:
                    checks.read_labels_again()
                annotated = annotated or bool(chunk.annotations)
                progressed()
    finally:
        if report.created or report.updated:
            look_again(project)
        if annotated:
            annotation_submitted.send(Annotation, project=project, item_id=None)


def _suggest(project: Project, chunk: Chunk) -> None:
    """Keep what models say of the chunk's items as their suggestions. Stored again, it stays as it is."""
    for model, by_name in chunk.predictions.items():
        ids = project.items.filter(external_id__in=by_name).values_list("external_id", "pk")
        proposals = [Proposal(pk, *by_name[external_id]) for external_id, pk in ids]
        suggestions.store(project, model, proposals, chunk.labels_version)


def _count_guesses(checks: Checks, by: User | None, counted: int) -> int:
    """See `annotators.count_guesses`; returns how many names are counted by now."""
    refused = len(checks.annotators.refused)
    annotators.count_guesses(by, refused - counted)
    return refused


T = TypeVar("T")


def _one_ahead(source: Iterator[T]) -> Iterator[T]:
    """The same, but while one is used, a thread makes the next."""
    with ThreadPoolExecutor(1, thread_name_prefix="import") as thread:
        coming = thread.submit(next, source, None)
        while (value := coming.result()) is not None:
            coming = thread.submit(next, source, None)
            yield value


def _record_event(project: Project, by: User | None, name: str | None, report: Report) -> None:
    if report.created or report.updated:
        counts = {"created": report.created, "updated": report.updated, "rejected": report.rejected_count}
        counts |= {"annotators_created": report.annotators_created} if report.annotators_created else {}
        Event.objects.create(project=project, actor=by, act="import", data={"file": name or "", **counts})


class _Limited:
    """A stream that counts what is read of it, and is TooLarge above the limit: at once where it knows its size."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream, self._limit, self.bytes_read = stream, limit, 0
        if self.seekable() and self._stream.seek(0, os.SEEK_END) > limit:
            raise too_large("the file", self._limit)
        if self.seekable():
            self._stream.seek(0)

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.bytes_read += len(data)
        if self.bytes_read > self._limit and not self.seekable():
            raise too_large("the file", self._limit)
        return data

    def seekable(self) -> bool:
        return hasattr(self._stream, "seekable") and self._stream.seekable()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
