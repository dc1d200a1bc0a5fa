"""Files that people upload: a small one is imported at once, a larger one waits in the storage for a worker.

Each has an `Import` row that says how far it is. While a worker reads, it holds an advisory lock of the database. A
worker that was killed leaves the file in the storage and the lock to the next one, which reads the file again: what is
stored already stays as it is.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from time import monotonic
from types import ModuleType
from typing import IO, Any, BinaryIO, cast
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import Error
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_q.tasks import async_task

from accounts.models import User
from annotate.imports.columns import ColumnChoice, wanted
from annotate.imports.run import Report, TooLarge, import_file
from annotate.items import deletion
from annotate.models import Import
from annotate_kit.formats import readers
from annotate_kit.formats.columns import Roles, Sample
from annotate_kit.formats.readers import Unreadable, for_file
from core.postgres.availability import is_unavailable, once_available
from core.postgres.locks import advisory_lock
from projects.models import Project

AT_ONCE = 5 * 2**20
NO_WORKER_AFTER = timedelta(seconds=10)
KILLED_AFTER = timedelta(minutes=2)
SILENT = timedelta(seconds=30)  # a running import that is silent for so long may have lost its worker
FORGOTTEN = timedelta(minutes=5)  # a queued import that nobody began for so long may have lost its job
UNCHOSEN_FOR = timedelta(days=7)
MOST_ATTEMPTS = 3
HEARTBEAT_SECONDS = 0.5
LOCK = "annotate.import"
LOCK_SECONDS = 10.0  # in which PostgreSQL notices that the process which had the lock is no more

log = logging.getLogger(__name__)


def receive(
    project: Project,
    file: File,
    *,
    by: User,
    columns: Mapping[str, str] | None = None,
    folders_are_labels: bool = False,
    create_annotators: bool = False,
    ask: bool = False,
) -> Import:
    """Take an uploaded file in: import it now if it is small, else leave it to a worker.

    With `ask`, a table whose columns need a role waits until somebody has looked at what is proposed (`begin`).
    Unreadable when no reader knows its ending. What is wrong inside it is said by the row's `error`.
    """
    _sweep(project)
    reader = for_file(file.name, None)
    started = Import(
        project=project,
        by=by,
        name=(file.name or "")[-255:],
        reader=reader.__name__.rpartition(".")[2],
        folders_are_labels=folders_are_labels,
        create_annotators=create_annotators,
        columns=[list(pair) for pair in columns.items()] if columns else None,
        bytes_total=file.size,
    )
    if ask and not columns and (proposed := _proposed(project, reader, file)):
        started.status, started.columns = Import.Status.CHOOSING, [list(pair) for pair in proposed.items()]
        _keep(started, file, reader.suffixes[0])
    elif file.size <= AT_ONCE:
        started.status, started.heartbeat_at = Import.Status.RUNNING, timezone.now()
        started.save()
        assert file.file is not None
        _read(started, file.file)
    else:
        _keep(started, file, reader.suffixes[0])
        _queue(started.pk)
    return started


def _keep(started: Import, file: File, suffix: str) -> None:
    started.stored_as = default_storage.save(f"imports/{started.project_id}/{uuid4().hex}{suffix}", file)
    started.save()


def _proposed(project: Project, reader: ModuleType, file: File) -> Roles | None:
    """Roles for the columns of a file that need some; None of any other, one that cannot be read included."""
    try:
        sample = readers.sample(reader, cast(BinaryIO, file.file), wanted(project)["questions"])
        return ColumnChoice(project).propose(sample) if sample else None
    except Unreadable:
        return None
    finally:
        file.seek(0)


def sample_of(started: Import) -> Sample:
    """The columns and first rows of an import that waits for a choice. FileNotFoundError when the file was deleted."""
    with default_storage.open(started.stored_as) as stream:
        sample = readers.sample(readers.registry.load(started.reader), cast(BinaryIO, stream))
    return sample or Sample([], [])


def begin(started: Import, columns: Mapping[str, str], *, create_annotators: bool = False) -> bool:
    """Import by the columns that somebody chose; False when it has begun already, or was given up."""
    at_once = started.bytes_total <= AT_ONCE
    fields: dict[str, Any] = {
        "columns": [list(pair) for pair in columns.items()],
        "create_annotators": create_annotators,
        "status": Import.Status.RUNNING if at_once else Import.Status.QUEUED,
        "created_at": timezone.now(),
        "heartbeat_at": timezone.now() if at_once else None,
    }
    if not Import.objects.filter(pk=started.pk, status=Import.Status.CHOOSING).update(**fields):
        return False
    started.refresh_from_db()
    if at_once:
        _read_stored(started)
    else:
        _queue(started.pk)
    return True


def give_up(started: Import) -> None:
    """Forget an import for which no columns were chosen."""
    if Import.objects.filter(pk=started.pk, status=Import.Status.CHOOSING).delete()[0]:
        default_storage.delete(started.stored_as)


def _sweep(project: Project) -> None:
    """Give up the imports for which nobody has chosen columns for days."""
    for started in project.imports.filter(status=Import.Status.CHOOSING, created_at__lt=timezone.now() - UNCHOSEN_FOR):
        give_up(started)


def run(import_id: int) -> None:
    """Read a file that waits, or that a worker left half read when it was killed.

    Nothing happens when another worker is at it or when it has ended, so it does no harm to call twice.
    """
    try:
        with advisory_lock(LOCK, import_id, wait=LOCK_SECONDS) as locked:
            if locked and (started := _start(import_id)):
                with deletion.ends_with(started.project_id):
                    _read_stored(started)
    except Error as error:
        if not is_unavailable(error):
            raise
        once_available(lambda: _queue_again(import_id))


def _start(import_id: int) -> Import | None:
    """Record that an attempt begins; None when there is nothing to read, or this was tried too often."""
    waiting = Import.objects.filter(pk=import_id, status__in=[Import.Status.QUEUED, Import.Status.RUNNING])
    started = waiting.exclude(stored_as="").select_related("project", "by").first()
    if started is None:
        return None
    if started.attempt >= MOST_ATTEMPTS:
        reason = f"Its worker was killed in each of {started.attempt} attempts. The rows stored until then stay."
        _end(started, Import.Status.FAILED, reason)
        return None
    started.status, started.attempt, started.error = Import.Status.RUNNING, started.attempt + 1, ""
    started.heartbeat_at = timezone.now()
    started.save(update_fields=["status", "attempt", "error", "heartbeat_at"])
    return started


def _read_stored(started: Import) -> None:
    try:
        stream = default_storage.open(started.stored_as)
    except FileNotFoundError:
        _end(started, Import.Status.FAILED, "The file is no longer in the storage. Send it again.")
        return
    with stream:
        _read(started, stream)


def revive() -> int:
    """Queue the imports that lost their worker, or their job; returns how many those were."""
    now = timezone.now()
    silent = Q(status=Import.Status.RUNNING, heartbeat_at__lt=now - SILENT)
    since = Coalesce("heartbeat_at", "created_at")
    forgotten = Q(status=Import.Status.QUEUED, since__lt=now - FORGOTTEN)
    lost = Import.objects.annotate(since=since).filter(silent | forgotten).exclude(stored_as="")
    return sum(_is_free(pk) and _queue_again(pk) for pk in list(lost.values_list("pk", flat=True)))


def _is_free(import_id: int) -> bool:
    with advisory_lock(LOCK, import_id, wait=False) as is_free:
        return is_free


def _queue_again(import_id: int) -> bool:
    """Queue what has not ended; False when it has."""
    unfinished = Import.objects.filter(pk=import_id, status__in=[Import.Status.QUEUED, Import.Status.RUNNING])
    if not unfinished.update(status=Import.Status.QUEUED, heartbeat_at=timezone.now()):
        return False
    log.warning("Import %s lost its worker or the database; it is queued again", import_id)
    _queue(import_id)
    return True


def send_again(started: Import) -> bool:
    """Queue the file of a failed or a killed import once more; False when it runs, has ended, or has no file."""
    again = Import.objects.filter(_killed(), pk=started.pk).exclude(stored_as="")
    fields: dict[str, Any] = {"status": Import.Status.QUEUED, "attempt": 0, "error": "", "heartbeat_at": None}
    if not again.update(created_at=timezone.now(), **fields):
        return False
    _queue(started.pk)
    return True


def state(started: Import) -> str:
    """queued, unattended (no worker takes it), running, killed (and cannot go on by itself), failed, or finished."""
    now = timezone.now()
    if started.status == Import.Status.QUEUED and started.created_at < now - NO_WORKER_AFTER:
        return "unattended"
    if started.status == Import.Status.RUNNING and (started.heartbeat_at or now) < now - KILLED_AFTER:
        return "unattended" if started.stored_as else "killed"
    return started.status


def _killed() -> Q:
    """Those without a sign of life, and those that a fault of ours ended."""
    silent = Q(status=Import.Status.RUNNING, heartbeat_at__lt=timezone.now() - KILLED_AFTER)
    return silent | Q(status=Import.Status.FAILED)


def _queue(import_id: int) -> None:
    async_task("annotate.tasks.run_import", import_id, task_name=f"import {import_id}"[:100])


def _read(started: Import, stream: IO[bytes]) -> None:
    """Import the file and write down how it went. What is wrong with the file is no exception here, but a fault is."""
    former, last_report = (started.created, started.updated), 0.0

    def tell(bytes_read: int, report: Report) -> None:
        nonlocal last_report
        if monotonic() - last_report > HEARTBEAT_SECONDS:
            last_report = monotonic()
            _put(started, report, bytes_read, former)

    try:
        report = import_file(
            started.project,
            stream,
            name=started.name,
            content_type=None,
            by=started.by,
            columns=dict(started.columns) if started.columns else None,
            folders_are_labels=started.folders_are_labels,
            create_annotators=started.create_annotators,
            on_progress=tell,
        )
    except (Unreadable, TooLarge) as error:
        _end(started, Import.Status.FAILED, f"{str(error)[:1].upper()}{str(error)[1:]}.")
        _forget_file(started)
    except Exception as error:
        if is_unavailable(error):
            raise
        _end(started, Import.Status.FAILED, f"A fault of ours ({type(error).__name__}); the server's log has more.")
        raise
    else:
        _put(started, report, started.bytes_total, former)
        if report.columns:
            started.columns = [list(pair) for pair in report.columns.items()]
        _end(started, Import.Status.FINISHED, "")
        _forget_file(started)


_COUNTS = ("created", "updated", "unchanged", "rejected_count", "rejected", "annotators_created")


def _put(started: Import, report: Report, bytes_read: int, former: tuple[int, int]) -> None:
    """Write down how far it is: that is its heartbeat, too. `former`: what a killed attempt created and updated."""
    created, updated = former
    started.created, started.updated = created + report.created, updated + report.updated
    started.unchanged = max(0, report.unchanged - created - updated)
    started.rejected_count, started.rejected = report.rejected_count, report.rejected
    started.annotators_created = max(started.annotators_created, report.annotators_created)
    started.bytes_read, started.heartbeat_at = min(bytes_read, started.bytes_total), timezone.now()
    started.save(update_fields=[*_COUNTS, "bytes_read", "heartbeat_at"])


def _end(started: Import, status: Import.Status, error: str) -> None:
    started.status, started.error, started.finished_at = status, error, timezone.now()
    started.save(update_fields=["status", "error", "finished_at", "columns"])


def _forget_file(started: Import) -> None:
    if started.stored_as:
        default_storage.delete(started.stored_as)
        started.stored_as = ""
        started.save(update_fields=["stored_as"])
