"""Watches django-q2's cluster, which can hang for ever, and starts it anew when it does.

A worker that is killed may end while it holds the queue's lock; those that follow wait for it for ever, and the
jobs that were taken from the table would come back after hours only. So when a worker was killed, when the cluster
ended, or when a job waits although a worker is idle, the whole cluster is killed and started again, and the jobs that
it had taken are given back. A job that killed its worker three times is given up.
"""

import contextlib
import logging
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

import psutil
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from django_q.models import OrmQ

LOOK_SECONDS = 1.0
WAIT_SECONDS = 10.0  # no job waits longer than this for a worker that is idle
STOP_SECONDS = 5.0  # what a stopping cluster has to end the jobs that it is at
MOST_KILLS = 3

log = logging.getLogger(__name__)


class Watchdog:
    """One cluster, and what it takes to notice that it hangs."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="annotate-worker-")
        self.marks = Path(self._folder.name)
        self._kills: Counter[int] = Counter()
        self._stopping = threading.Event()

    def run(self) -> None:
        """Keep a cluster running until SIGTERM or SIGINT; leaves nothing running."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._start()
        try:
            while not self._stopping.wait(LOOK_SECONDS):
                if trouble := self._trouble():
                    log.error("The jobs' processes are started again: %s.", trouble)
                    self._end(0)
                    self._start()
        finally:
            self._end(STOP_SECONDS)
            self._folder.cleanup()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping.set()

    def _start(self) -> None:
        command = [sys.executable, "manage.py", "worker", "--marks", str(self.marks)]
        self._cluster = subprocess.Popen(command, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL)
        self._started_at = timezone.now()

    def _end(self, grace: float) -> None:
        """End the cluster, killing what is left of it after the grace time, and give back the jobs that it had."""
        if grace and self._cluster.poll() is None:
            self._cluster.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._cluster.wait(grace)
        _kill_tree(self._cluster)
        try:
            self._give_back()
        except DatabaseError as error:
            log.error("The jobs that were taken could not be given back: %s", error)
        for mark in self.marks.iterdir():
            mark.unlink()

    def _give_back(self) -> None:
        jobs = {int(mark.name.removeprefix("job-")) for mark in self.marks.glob("job-*")}
        hopeless = {job for job in jobs if self._kills[job] >= MOST_KILLS}
        for job in hopeless:
            log.error("Job %s killed its worker %s times; it is given up.", job, MOST_KILLS)
        OrmQ.objects.filter(pk__in=hopeless).delete()
        OrmQ.objects.filter(pk__in=jobs - hopeless).update(lock=timezone.now())

    def _trouble(self) -> str:
        """What is wrong with the cluster; empty when nothing is."""
        if self._cluster.poll() is not None:
            return f"they ended with code {self._cluster.returncode}"
        if killed := [pid for pid in self._workers() if not _lives(pid)]:
            self._kills.update(job for pid in killed if (job := self._workers()[pid]))
            return f"worker {killed[0]} was killed"
        if self._somebody_is_idle() and (waited := self._longest_wait()) > WAIT_SECONDS:
            return f"a job waits for {waited:.0f} s although a worker is idle"
        return ""

    def _workers(self) -> dict[int, int | None]:
        """The job that each process of the pool is at."""
        jobs = {}
        for mark in self.marks.glob("worker-*"):
            with contextlib.suppress(FileNotFoundError):
                job = mark.read_text()
                jobs[int(mark.name.removeprefix("worker-"))] = int(job) if job else None
        return jobs

    def _somebody_is_idle(self) -> bool:
        return sum(job is not None for job in self._workers().values()) < settings.Q_CLUSTER["workers"]

    def _longest_wait(self) -> float:
        """Seconds since the oldest job that nobody is at could have been begun."""
        since = [mark.stat().st_mtime for job in self._taken_not_begun() if (mark := self.marks / job).exists()]
        with contextlib.suppress(DatabaseError):
            oldest = OrmQ.objects.filter(lock__lt=timezone.now()).order_by("lock").values_list("lock", flat=True)
            since += [lock.timestamp() for lock in oldest[:1]]
        if not connection.is_usable():
            connection.close()
        return time.time() - max(min(since), self._started_at.timestamp()) if since else 0.0

    def _taken_not_begun(self) -> set[str]:
        begun = {f"job-{job}" for job in self._workers().values()}
        return {mark.name for mark in self.marks.glob("job-*")} - begun


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with all that it started; they end with their parents anyway, this waits until they have."""
    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    if process.poll() is None:
        process.kill()
    process.wait()
    psutil.wait_procs(family, timeout=STOP_SECONDS)
