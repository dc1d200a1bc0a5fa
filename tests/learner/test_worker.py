"""A worker that is killed, in whole or in part, is noticed and started again, and no job is lost."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import File
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ, Task
from django_q.tasks import async_task

from annotate.imports import jobs
from annotate.models import Band, Import, Item, QueueState
from annotate.queue.leasing import lease
from annotate.queue.submitting import submit
from config import env
from learner import rounds
from learner.models import Round
from projects.webhooks import registering
from runtime.processes import wait_until_ended
from tests.learner.conftest import add_records, topics
from tests.receiver import receiving

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("worker")]


WHOLE = 6  # the cluster's parent, its sentinel, two workers, the monitor, the pusher


class Worker:
    """`manage.py worker` on the test's database, in a process group of its own."""

    process: subprocess.Popen[bytes] | None = None

    def __init__(self, folder: Path) -> None:
        self.folder, self.log, self.media = folder, folder / "log", folder / "media"

    def start(self) -> None:
        server = connection.settings_dict
        where = f"postgres://{server['USER']}@/{server['NAME']}?host={quote(server['HOST'])}"
        environment = {"VAR": str(self.folder), "DATABASE_URL": where, "DEBUG": "1", "SECRET_KEY": settings.SECRET_KEY}
        environment["DJANGO_SETTINGS_MODULE"] = "config.settings"  # whose files lie in a folder that both processes see
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "worker"],
                cwd=env.ROOT,
                env={**os.environ, **environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def pool(self, busy: bool = False) -> list[int]:
        """The processes that run jobs, as they mark themselves; those that are at a job only, if `busy`."""
        cluster = next((member for member in self.family() if "--marks" in member.cmdline()), None)
        marks = Path(cluster.cmdline()[-1]).glob("worker-*") if cluster else []
        return [int(mark.name.removeprefix("worker-")) for mark in marks if not busy or mark.read_text()]

    def wait_until(self, ready: Callable[[], object], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def is_whole(self) -> bool:
        return len(self.pool()) == 2 and len(self.family()) == WHOLE

    def runs(self) -> bool:
        return bool(self.process) and self.process.poll() is None

    def kill(self) -> None:
        if self.runs():
            family = self.family()
            self.process.kill()
            self.process.wait()
            wait_until_ended([member.pid for member in family], 10)
        cache.clear()  # its signs of life


@pytest.fixture(scope="module")
def one_worker(tmp_path_factory, django_db_setup, django_db_blocker) -> Iterator[Worker]:
    """For all tests of the module; it is started by those that want it."""
    worker = Worker(tmp_path_factory.mktemp("worker"))
    with django_db_blocker.unblock():
        call_command("createcachetable")
    yield worker
    with django_db_blocker.unblock():
        worker.kill()


@pytest.fixture
def worker(db, one_worker) -> Iterator[Worker]:
    """With all its processes and an empty log; started again where a test before has ended it."""
    one_worker.log.write_text("")
    if not one_worker.runs():
        one_worker.start()
    one_worker.wait_until(one_worker.is_whole)
    yield one_worker
    if one_worker.runs():
        one_worker.wait_until(lambda: not OrmQ.objects.exists())


def test_without_a_worker_the_check_fails(db, one_worker):
    one_worker.kill()
    assert not _answers()


def test_a_worker_says_that_it_answers(worker):
    worker.wait_until(lambda: _answers())


def _answers() -> bool:
    try:
        call_command("worker", "--check")
    except CommandError:
        return False
    return True


def test_workers_start_with_what_rounds_import(worker):
    for pid in worker.pool():
        assert any("/sklearn/linear_model/" in part.path for part in psutil.Process(pid).memory_maps())


def test_a_job_runs_although_all_idle_workers_were_killed(worker):
    for pid in worker.pool():
        os.kill(pid, signal.SIGKILL)
    job = async_task("math.sqrt", 9)
    worker.wait_until(lambda: Task.objects.filter(id=job, success=True).exists())
    assert "was killed" in worker.log.read_text()


def test_a_job_whose_worker_is_killed_with_its_watchdog_is_run_by_the_next_worker(worker):
    job = async_task("time.sleep", 3)
    worker.wait_until(lambda: worker.pool(busy=True))
    worker.kill()
    assert OrmQ.objects.get().lock > timezone.now() + timedelta(hours=1)
    worker.start()
    worker.wait_until(lambda: Task.objects.filter(id=job, success=True).exists())


def test_a_round_whose_worker_is_killed_is_run_again_and_leaves_no_half_order(worker, make_project, ann, answer):
    project = make_project(labels=("fruit", "tools"), retrain_every=0)
    add_records(project, topics(20_000))
    answer(project, ann, 20)
    new_round = rounds.ask(project, Round.Trigger.CLICK)
    worker.wait_until(lambda: Round.objects.filter(pk=new_round.pk, phase="features").exists())
    (running,) = worker.pool(busy=True)
    os.kill(running, signal.SIGKILL)
    assert not Band.objects.exists()
    worker.wait_until(lambda: not Round.objects.get(pk=new_round.pk).is_unfinished)
    new_round.refresh_from_db()
    assert (new_round.status, new_round.attempt, new_round.reason) == ("finished", 2, "")
    generation = QueueState.objects.get(project=project).generation
    assert Band.objects.filter(project=project, generation=generation).count() > 15_000


def test_an_import_whose_worker_is_killed_goes_on_by_itself(worker, make_project, mona, settings, monkeypatch):
    monkeypatch.setattr(jobs, "AT_ONCE", 10)
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": worker.media}}
    settings.STORAGES = settings.STORAGES | {"default": files}
    rows = "\n".join(f"row number {n}" for n in range(100_000))
    started = jobs.receive(make_project(), File(io.BytesIO(f"text\n{rows}".encode()), "texts.csv"), by=mona)
    worker.wait_until(Item.objects.exists)
    (running,) = worker.pool(busy=True)
    os.kill(running, signal.SIGKILL)
    assert Item.objects.count() < 100_000
    worker.wait_until(lambda: Import.objects.get().finished_at, seconds=120)
    started.refresh_from_db()
    assert (started.status, started.attempt, started.error) == ("finished", 2, "")
    assert Item.objects.count() == started.created + started.unchanged == 100_000


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_a_worker_leaves_nothing_running(worker, number):
    family = worker.family()
    assert len(family) == WHOLE
    worker.process.send_signal(number)
    code = worker.process.wait(15)
    assert code == (0 if number == signal.SIGTERM else -signal.SIGKILL)
    assert wait_until_ended([member.pid for member in family], 5)


def test_a_worker_sends_to_webhooks_and_the_next_one_goes_on_when_it_is_killed(worker, reviews, mona, ann):
    with receiving() as receiver:
        registering.add(reviews, mona, receiver.url, ["annotation.submitted"])
        receiver.release.clear()
        submit(lease(reviews, ann)[0], "positive")
        worker.wait_until(lambda: receiver.requests)
        worker.kill()
        receiver.release.set()
        submit(lease(reviews, ann)[0], "positive")
        worker.start()
        worker.wait_until(lambda: len(receiver.requests) == 3)
    first, second, other = receiver.requests
    assert first.content["delivery"] == second.content["delivery"] != other.content["delivery"]
    assert [len(request.events) for request in receiver.requests] == [1, 1, 1]
