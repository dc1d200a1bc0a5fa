"""An import that is killed half-way can be sent again and ends right; one that a worker reads goes on by itself."""

import io
import os
import signal
import time
from datetime import timedelta
from multiprocessing import get_context

import orjson
import pytest
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from annotate.imports import chunks, jobs
from annotate.imports.run import import_file
from annotate.models import Annotation, Import, Item, QueueEntry
from annotate.tasks import each_minute, run_import
from core import storage_folders
from core.postgres.locks import try_lock
from projects import setup
from projects.models import Project
from tests.annotate.test_promises import wait_for_the_dead

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

FILES = "django.core.files.storage.FileSystemStorage"
ROWS, CHUNK = 2000, 100
CONTENT = b"\n".join(
    orjson.dumps(
        {"external_id": f"id-{n}", "text": f"text {n}", "annotations": [{"annotator": "ann", "value": "positive"}]}
    )
    for n in range(ROWS)
)


class Slow(io.BytesIO):
    """A file that comes in little by little."""

    def read(self, size: int | None = -1) -> bytes:
        time.sleep(0.005)
        return super().read(5000)


def import_slowly(project: Project) -> None:
    import_file(project, Slow(CONTENT), name="a.jsonl", content_type=None)


def test_a_killed_import_is_sent_again_and_ends_right(make_project, monkeypatch):
    monkeypatch.setattr(chunks, "ROWS", CHUNK)
    project = make_project()
    connection.close()
    process = get_context("fork").Process(target=import_slowly, args=(project,))
    process.start()
    assert process.pid
    deadline = time.monotonic() + 20
    while Item.objects.count() < 3 * CHUNK:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.join(20)
    assert process.exitcode == -signal.SIGKILL

    stored = Item.objects.count()
    assert 3 * CHUNK <= stored < ROWS and stored % CHUNK == 0
    assert QueueEntry.objects.count() == Annotation.objects.count() == stored

    report = import_file(project, io.BytesIO(CONTENT), name="a.jsonl", content_type=None)
    assert (report.created, report.updated, report.unchanged, report.rejected_count) == (ROWS - stored, 0, stored, 0)
    assert QueueEntry.objects.filter(taken=1, wanted=1).count() == Annotation.objects.count() == ROWS


class TestAWorkerReadsAFile:
    """A large upload lies in the storage, and a job reads it."""

    @pytest.fixture
    def waiting(self, make_project, monkeypatch, settings, tmp_path, mona) -> Import:
        monkeypatch.setattr(chunks, "ROWS", CHUNK)
        monkeypatch.setattr(jobs, "AT_ONCE", 10)
        settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": FILES, "OPTIONS": {"location": tmp_path}}}
        return jobs.receive(make_project(), File(io.BytesIO(CONTENT), "a.jsonl"), by=mona)

    def test_when_it_is_killed_the_next_one_goes_on_and_counts_both(self, waiting, monkeypatch):
        self.kill_while_reading(waiting, monkeypatch)
        waiting.refresh_from_db()
        assert (waiting.status, waiting.attempt, waiting.finished_at) == ("running", 1, None)
        assert 0 < waiting.created <= Item.objects.count() < ROWS

        run_import(waiting.pk)
        waiting.refresh_from_db()
        assert (waiting.status, waiting.attempt) == ("finished", 2)
        assert waiting.created + waiting.unchanged == ROWS == Item.objects.count()
        assert waiting.created > ROWS / 2
        assert not waiting.stored_as

    def test_when_its_job_is_lost_as_well_the_minutes_job_queues_it(self, waiting, monkeypatch):
        self.kill_while_reading(waiting, monkeypatch)
        OrmQ.objects.all().delete()
        each_minute()
        assert not OrmQ.objects.exists()  # it is not silent for long enough
        Import.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=1))
        each_minute()
        [job] = OrmQ.objects.all()
        assert (job.task["func"], job.task["args"]) == ("annotate.tasks.run_import", (waiting.pk,))
        each_minute()
        assert OrmQ.objects.count() == 1

    def test_what_kills_its_worker_three_times_is_given_up(self, waiting, monkeypatch):
        for _ in range(3):
            self.kill_while_reading(waiting, monkeypatch)
        run_import(waiting.pk)
        waiting.refresh_from_db()
        assert waiting.status == "failed"
        assert waiting.error == "Its worker was killed in each of 3 attempts. The rows stored until then stay."
        assert jobs.send_again(waiting)
        run_import(waiting.pk)
        waiting.refresh_from_db()
        assert (waiting.status, waiting.attempt) == ("finished", 1)

    def test_one_that_is_read_is_left_alone(self, waiting, monkeypatch):
        monkeypatch.setattr(jobs, "LOCK_SECONDS", 0.2)
        Import.objects.update(status="running", heartbeat_at=timezone.now() - timedelta(minutes=1))
        OrmQ.objects.all().delete()
        reader = connection.copy()
        with reader.cursor() as cursor:
            assert try_lock(cursor, "annotate.import", waiting.pk)
        each_minute()
        run_import(waiting.pk)
        reader.close()
        assert not OrmQ.objects.exists()
        assert not Item.objects.exists()

    def test_when_the_database_ends_the_connection_it_is_queued_again(self, waiting, monkeypatch):
        OrmQ.objects.all().delete()

        def lose_the_connection(*anything) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        with monkeypatch.context() as patch:
            patch.setattr(jobs, "_put", lose_the_connection)
            run_import(waiting.pk)
        waiting.refresh_from_db()
        assert (waiting.status, waiting.attempt, OrmQ.objects.count()) == ("queued", 1, 1)
        run_import(waiting.pk)
        waiting.refresh_from_db()
        assert (waiting.status, Item.objects.count()) == ("finished", ROWS)

    def test_a_file_that_is_no_longer_there_is_the_reason(self, waiting):
        default_storage.delete(waiting.stored_as)
        run_import(waiting.pk)
        waiting.refresh_from_db()
        assert (waiting.status, waiting.error) == ("failed", "The file is no longer in the storage. Send it again.")

    @pytest.mark.parametrize("deleted_when", ["before", "while it is read"])
    def test_a_project_that_is_deleted_meanwhile_is_no_error(self, waiting, mona, monkeypatch, caplog, deleted_when):
        caplog.set_level("INFO")
        project = waiting.project
        with monkeypatch.context() as patch:
            if deleted_when == "before":
                setup.delete(project, mona)
            else:
                patch.setattr(jobs, "_put", lambda *anything: setup.delete(project, mona))
            run_import(waiting.pk)
        assert not Project.objects.exists() and not Item.objects.exists()
        assert [record for record in caplog.records if record.exc_info or record.levelname != "INFO"] == []
        if deleted_when == "while it is read":  # else the job that deletion queued removes them
            assert not storage_folders.files(f"imports/{project.pk}")

    def kill_while_reading(self, waiting: Import, monkeypatch) -> None:
        """Run the job in a process of its own, and SIGKILL it when it has stored some chunks."""
        before = Item.objects.count()
        connection.close()
        process = get_context("fork").Process(target=read_slowly, args=(waiting.pk,))
        process.start()
        assert process.pid
        deadline = time.monotonic() + 30
        while not (Item.objects.count() >= before + 3 * CHUNK and Import.objects.get().created > before):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.join(20)
        assert process.exitcode == -signal.SIGKILL
        wait_for_the_dead()


def read_slowly(import_id: int) -> None:
    """The job, with a heartbeat for every chunk, and a pause after it."""
    put = jobs._put

    def put_and_wait(*arguments) -> None:
        put(*arguments)
        time.sleep(0.05)

    jobs.HEARTBEAT_SECONDS = 0
    jobs._put = put_and_wait
    run_import(import_id)
