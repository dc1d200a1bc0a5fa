"""django-q2's cluster, made to be watched: it marks what it does, and no process of it outlives its parent.

The marks are files in a folder that the watchdog names. `job-7` means that the job 7 of the table was taken from it and
is not done yet; `worker-123` that the process 123 works for the pool, and holds the number of the job that it is at.
A worker that ends in order removes its mark: a mark without a process is a worker that was killed.
"""

import os
import signal
import sys
import threading
import time
from multiprocessing import util
from pathlib import Path
from typing import Any

from django_q.brokers.orm import ORM
from django_q.cluster import Cluster
from django_q.signals import post_execute_in_worker, post_spawn, pre_execute


class MarkingBroker(ORM):
    """Takes jobs from the table, and marks those that were taken and are not done."""

    marks: Path

    def dequeue(self) -> list[tuple[int, str]] | None:
        taken = super().dequeue()
        for job, _ in taken or []:
            (self.marks / f"job-{job}").touch()
        return taken

    def delete(self, job: int) -> None:
        super().delete(job)
        (self.marks / f"job-{job}").unlink(missing_ok=True)


def run(marks: Path) -> None:
    """Run the cluster until it is told to stop."""
    end_with_parent()
    os.register_at_fork(after_in_child=end_with_parent)
    listeners = _listeners(marks)
    post_spawn.connect(listeners["began"], weak=False)
    pre_execute.connect(listeners["busy"], weak=False)
    post_execute_in_worker.connect(listeners["idle"], weak=False)
    broker = MarkingBroker()
    broker.marks = marks
    cluster = Cluster(broker)
    cluster.start()
    while cluster.sentinel.is_alive():
        time.sleep(0.2)


def _listeners(marks: Path) -> dict[str, Any]:
    def mark() -> Path:
        return marks / f"worker-{os.getpid()}"

    def began(**spawned: Any) -> None:
        mark().touch()
        util.Finalize(None, mark().unlink, kwargs={"missing_ok": True}, exitpriority=1)

    def busy(task: dict[str, Any], **about: Any) -> None:
        mark().write_text(str(task.get("ack_id", "")))

    def idle(**about: Any) -> None:
        mark().write_text("")

    return {"began": began, "busy": busy, "idle": idle}


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
