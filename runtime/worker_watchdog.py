"""Watches django-q2's cluster, which can hang for ever, and starts it anew when it does.

A worker that is killed may end while it holds the queue's lock; those that follow wait for it for ever, and the
jobs that were taken from the table would come back after hours only. So when a worker was killed, when the cluster
ended, or when a job waits although a worker is idle, the whole cluster is killed and started again, and the jobs that
it had taken are given back: also by the next watchdog, when this one was killed. A job that killed its worker three
times is given up.
"""

import contextlib
import logging
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

import psutil
from django.conf import settings
from django.db import Error, connection
from django.utils import timezone
from django_q.models import OrmQ

from runtime.processes import wait_until_ended
from runtime.worker_marks import LockedFolder, Marks

LOOK_SECONDS = 0.5
START_SECONDS = 120.0  # what a cluster has to start its workers, on a busy machine too
WAIT_SECONDS = 10.0  # no job waits longer than this for a worker that is idle
STOP_SECONDS = 5.0  # what a stopping cluster has to end the jobs that it is at
MOST_KILLS = 3

log = logging.getLogger(__name__)


class Watchdog:
    """One cluster, and what it takes to notice that it hangs."""

    def __init__(self) -> None:
        self._folder = LockedFolder(settings.WORKER_MARKS)
        self.marks = Marks(self._folder.path)
        self._stopping = threading.Event()
        self._started_at = time.time()
        self._complete_at: float | None = None  # when all workers of the cluster ran for the first time

    def run(self) -> None:
        """Keep a cluster running until SIGTERM or SIGINT; leaves nothing running."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._start()
        try:
            while not self._stopping.wait(LOOK_SECONDS):
                self._look()
        finally:
            self._stop()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping.set()

    def _start(self) -> None:
        command = [sys.executable, "manage.py", "worker", "--marks", str(self.marks.folder)]
        self._cluster = subprocess.Popen(command, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL)
        self._started_at = time.time()
        self._complete_at = None

    def _look(self) -> None:
        killed_pids = self.marks.killed_pids()
        if trouble := self._trouble(killed_pids):
            log.error("The jobs' processes are started again: %s.", trouble)
            _kill_tree(self._cluster)
            self.marks.clear(killed_pids)
            self._start()
        for folder in self._folder.abandoned():
            self.marks.adopt(Marks(folder))
        self._give_back()

    def _stop(self) -> None:
        """End the cluster: at once where no job is taken, else once all are done, or when the time is up."""
        deadline = time.monotonic() + STOP_SECONDS
        if self.marks.jobs():
            self._cluster.terminate()
        while self.marks.jobs() and self._cluster.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        _kill_tree(self._cluster)
        self.marks.clear(killed_pids=[])
        if self._give_back():
            self._folder.remove()

    def _give_back(self) -> bool:
        """Give the jobs of a killed cluster back to the table; False where that has to be tried again."""
        try:
            for job, lock, kills in self.marks.to_give_back():
                if kills >= MOST_KILLS:
                    log.error("Job %s killed its worker %s times; it is given up.", job, kills)
                    OrmQ.objects.filter(pk=job).delete()
                elif lock:
                    OrmQ.objects.filter(pk=job, lock=lock).update(lock=timezone.now())
                self.marks.give_back(job)
        except Error as error:
            log.error("The jobs that were taken could not be given back yet: %s", error)
            connection.close()
            return False
        return True

    def _trouble(self, killed_pids: list[int]) -> str:
        """What is wrong with the cluster; empty when nothing is."""
        if self._cluster.poll() is not None:
            return f"they ended with code {self._cluster.returncode}"
        if killed_pids:
            return f"worker {killed_pids[0]} was killed"
        if self._complete_at is None:
            return self._trouble_at_start()
        if self._somebody_is_idle() and (waited := self._longest_wait(self._complete_at)) > WAIT_SECONDS:
            return f"a job waits for {waited:.0f} s although a worker is idle"
        return ""

    def _trouble_at_start(self) -> str:
        if len(self.marks.workers()) >= settings.Q_CLUSTER["workers"]:
            self._complete_at = time.time()
        elif time.time() - self._started_at > START_SECONDS:
            return f"they did not start within {START_SECONDS:.0f} s"
        return ""

    def _somebody_is_idle(self) -> bool:
        return sum(job is not None for job in self.marks.workers().values()) < settings.Q_CLUSTER["workers"]

    def _longest_wait(self, complete_at: float) -> float:
        """Seconds since the oldest job that nobody is at could have been begun."""
        since = [*self.marks.waiting_since(), *self._waiting_in_table()]
        return time.time() - max(min(since), complete_at) if since else 0.0

    def _waiting_in_table(self) -> list[float]:
        try:
            oldest = OrmQ.objects.filter(lock__lt=timezone.now()).order_by("lock").values_list("lock", flat=True)
            return [lock.timestamp() for lock in oldest[:1]]
        except Error:
            connection.close()
            return []


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
    wait_until_ended([member.pid for member in family], STOP_SECONDS)
