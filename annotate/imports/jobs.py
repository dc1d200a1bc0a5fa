"""Files that people upload: a small one is imported at once, a larger one waits in the storage for a worker.

Each has an `Import` row that says how far it is. While a worker reads, it holds an advisory lock of the database. A
worker that was killed leaves the file in the storage and the lock to the next one, which reads the file again: what is
stored already stays as it is.
"""

import logging
from datetime import timedelta
from time import monotonic
from typing import IO, Any
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import Error
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_q.tasks import async_task

from accounts.models import User
from annotate.imports.run import Report, TooLarge, import_file
from annotate.items import deletion
from annotate.models import Import
from annotate_kit.formats.readers import Unreadable, for_file
from core.postgres.availability import is_unavailable, once_available
from core.postgres.locks import advisory_lock
from projects.models import Project

AT_ONCE = 5 * 2**20
NO_WORKER_AFTER = timedelta(seconds=10)
KILLED_AFTER = timedelta(minutes=2)
SILENT = timedelta(seconds=30)  # a running import that is silent for so long may have lost its worker
FORGOTTEN = timedelta(minutes=5)  # a queued import that nobody began for so long may have lost its job
MOST_ATTEMPTS = 3
HEARTBEAT_SECONDS = 0.5
LOCK = "annotate.import"
LOCK_SECONDS = 10.0  # in which PostgreSQL notices that the process which had the lock is no more

log = logging.getLogger(__name__)


def receive(project: Project, file: File, *, by: User, folders_are_labels: bool = False) -> Import:
    """Take an uploaded file in: import it now if it is small, else leave it to a worker.

    Unreadable when no reader knows its ending. What is wrong inside it is said by the row's `error`.
    """
    reader = for_file(file.name, None)
    started = Import(
        project=project,
        by=by,
        name=(file.name or "")[-255:],
        reader=reader.__name__.rpartition(".")[2],
        folders_are_labels=folders_are_labels,
        bytes_total=file.size,
    )
    if file.size <= AT_ONCE:
        started.status, started.heartbeat_at = Import.Status.RUNNING, timezone.now()
        started.save()
        assert file.file is not None
        _read(started, file.file)
    else:
        started.stored_as = default_storage.save(f"imports/{project.pk}/{uuid4().hex}{reader.suffixes[0]}", file)
        started.save()
        _queue(started.pk)
    return started


def run(import_id: int) -> None:
    """Read a file that waits, or that a worker left half read when it was killed.

    Nothing happens when another worker is at it or when it has ended, so it does no harm to call twice.
    """
    try:
        with advisory_lock(LOCK, import_id, wait=LOCK_SECONDS) as ours:
            if ours and (started := _start(import_id)):
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
    former, told = (started.created, started.updated), 0.0

    def tell(bytes_read: int, report: Report) -> None:
        nonlocal told
        if monotonic() - told > HEARTBEAT_SECONDS:
            told = monotonic()
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
        _end(started, Import.Status.FINISHED, "")
        _forget_file(started)


_COUNTS = ("created", "updated", "unchanged", "rejected_count", "rejected", "annotators_created")


def _put(started: Import, report: Report, bytes_read: int, former: tuple[int, int]) -> None:
    """Write down how far it is: that is its heartbeat, too. `former`: what a killed attempt created and updated."""
    created, updated = former
    started.created, started.updated = created + report.created, updated + report.updated
    started.unchanged = max(0, report.unchanged - created - updated)
    started.rejected_count, started.rejected = report.rejected_count, report.rejected
    started.bytes_read, started.heartbeat_at = min(bytes_read, started.bytes_total), timezone.now()
    started.save(update_fields=[*_COUNTS, "bytes_read", "heartbeat_at"])


def _end(started: Import, status: Import.Status, error: str) -> None:
    started.status, started.error, started.finished_at = status, error, timezone.now()
    started.save(update_fields=["status", "error", "finished_at"])


def _forget_file(started: Import) -> None:
    if started.stored_as:
        default_storage.delete(started.stored_as)
        started.stored_as = ""
        started.save(update_fields=["stored_as"])
