"""Files that people upload: a small one is imported at once, a larger one waits in the storage for a worker.

Each has an `Import` row that says how far it is. A worker that was killed leaves its row without a heartbeat; the file
is still in the storage then, and can be sent again from there.
"""

from datetime import timedelta
from time import monotonic
from typing import IO
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone
from django_q.tasks import async_task

from accounts.models import User
from annotate.imports.run import Report, TooLarge, import_file
from annotate.models import Import
from annotate_kit.formats.readers import Unreadable, for_file
from projects.models import Project

AT_ONCE = 5 * 2**20
NO_WORKER_AFTER = timedelta(seconds=10)
KILLED_AFTER = timedelta(minutes=2)
HEARTBEAT_SECONDS = 0.5


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
        _queue(started)
    return started


def run(import_id: int) -> None:
    """Read a queued file. Nothing happens when it is in other hands or has ended, so it does no harm to call twice."""
    waiting = Import.objects.filter(pk=import_id, status=Import.Status.QUEUED)
    if waiting.update(status=Import.Status.RUNNING, heartbeat_at=timezone.now(), error=""):
        started = Import.objects.select_related("project", "by").get(pk=import_id)
        with default_storage.open(started.stored_as) as stream:
            _read(started, stream)


def send_again(started: Import) -> bool:
    """Queue the file of a killed import once more; False when it still runs, has ended, or its file is gone."""
    again = Import.objects.filter(_killed(), pk=started.pk).exclude(stored_as="")
    if not again.update(status=Import.Status.QUEUED, created_at=timezone.now(), heartbeat_at=None, error=""):
        return False
    _queue(started)
    return True


def state(started: Import) -> str:
    """queued, unattended (no worker takes it), running, killed, failed, or finished."""
    now = timezone.now()
    if started.status == Import.Status.QUEUED and started.created_at < now - NO_WORKER_AFTER:
        return "unattended"
    if started.status == Import.Status.RUNNING and (started.heartbeat_at or now) < now - KILLED_AFTER:
        return "killed"
    return started.status


def _killed() -> Q:
    """Those without a sign of life, and those that a fault of ours ended."""
    silent = Q(status=Import.Status.RUNNING, heartbeat_at__lt=timezone.now() - KILLED_AFTER)
    return silent | Q(status=Import.Status.FAILED)


def _queue(started: Import) -> None:
    async_task("annotate.tasks.run_import", started.pk, task_name=f"import {started.pk}"[:100])


def _read(started: Import, stream: IO[bytes]) -> None:
    """Import the file and write down how it went. What is wrong with the file is no exception here, but a fault is."""
    told = 0.0

    def tell(bytes_read: int, report: Report) -> None:
        nonlocal told
        if monotonic() - told > HEARTBEAT_SECONDS:
            told = monotonic()
            _put(started, report, bytes_read)

    try:
        report = import_file(
            started.project,
            stream,
            name=started.name,
            content_type=None,
            by=started.by,
            folders_are_labels=started.folders_are_labels,
            on_progress=tell,
        )
    except (Unreadable, TooLarge) as error:
        _end(started, Import.Status.FAILED, f"{str(error)[:1].upper()}{str(error)[1:]}.")
        _forget_file(started)
    except Exception as error:
        _end(started, Import.Status.FAILED, f"A fault of ours ({type(error).__name__}); the server's log has more.")
        raise
    else:
        _put(started, report, started.bytes_total)
        _end(started, Import.Status.FINISHED, "")
        _forget_file(started)


_COUNTS = ("created", "updated", "unchanged", "rejected_count", "rejected")


def _put(started: Import, report: Report, bytes_read: int) -> None:
    """Write down how far it is: that is its heartbeat, too."""
    for name in _COUNTS:
        setattr(started, name, getattr(report, name))
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
