"""django-q2's cluster, made to be watched: it marks what it does, and no process of it outlives its parent."""

import logging
import os
import signal
import sys
import threading
import time
from datetime import datetime
from importlib import import_module
from multiprocessing import util
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.utils.module_loading import import_string
from django_q.brokers.orm import ORM
from django_q.cluster import Cluster
from django_q.models import OrmQ
from django_q.signals import post_execute_in_worker, post_spawn, pre_execute

from runtime.worker_marks import Marks

RETRY_SECONDS = 1.0

log = logging.getLogger(__name__)


class MarkingBroker(ORM):
    """Takes jobs from the table, and marks those that were taken and are not done."""

    marks: Marks

    def timeout(self, task: OrmQ) -> datetime:
        """Until when the job is going to be locked; what is marked before it is locked is never lost."""
        until: datetime = super().timeout(task)
        self.marks.take(task.pk, until.isoformat())
        return until

    def dequeue(self) -> list[tuple[int, str]] | None:
        before = self.marks.jobs()
        try:
            jobs = super().dequeue()
        except Error as error:
            log.warning("No job can be taken: %s", error)
            connection.close()
            time.sleep(RETRY_SECONDS)
            return None
        for job in self.marks.jobs() - before - {job for job, _ in jobs or []}:
            self.marks.finish(job)  # another cluster was faster
        return jobs

    def delete(self, job: int) -> None:
        super().delete(job)
        self.marks.finish(job)


def run(folder: Path) -> None:
    """Run the cluster until it is told to stop. Its processes are forks, which have what is imported before."""
    end_with_parent()
    for module in settings.WORKER_IMPORTS:
        import_module(module)
    os.register_at_fork(after_in_child=end_with_parent)
    marks = Marks(folder)
    listeners = _listeners(marks)
    post_spawn.connect(listeners["started"], weak=False)
    pre_execute.connect(listeners["busy"], weak=False)
    post_execute_in_worker.connect(listeners["idle"], weak=False)
    broker = MarkingBroker()
    broker.marks = marks
    cluster = Cluster(broker)
    cluster.start()
    for loop in settings.WORKER_LOOPS:  # after the forks: what a thread holds at that moment is held for ever
        threading.Thread(target=import_string(loop), daemon=True).start()
    while cluster.sentinel.is_alive():
        time.sleep(0.2)


def _listeners(marks: Marks) -> dict[str, Any]:
    def started(**about: Any) -> None:
        marks.begin(os.getpid(), None)
        util.Finalize(None, marks.leave, args=(os.getpid(),), exitpriority=1)

    def busy(task: dict[str, Any], **about: Any) -> None:
        marks.begin(os.getpid(), task.get("ack_id"))

    def idle(**about: Any) -> None:
        marks.begin(os.getpid(), None)

    return {"started": started, "busy": busy, "idle": idle}


def end_with_parent() -> None:
    """See to it that this process ends when the one that started it does, by SIGKILL perhaps."""
    parent = os.getppid()
    if sys.platform == "linux":
        import ctypes

        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    else:
        threading.Thread(target=_end_when_left, args=(parent,), daemon=True).start()


def _end_when_left(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
