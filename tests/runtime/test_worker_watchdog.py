"""When the watchdog takes a cluster for one that hangs. How it starts it again is in tests/learner/test_worker.py."""

import os
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

from runtime.worker_watchdog import START_SECONDS, Watchdog


@pytest.fixture
def watchdog(db, settings, tmp_path) -> Iterator[Watchdog]:
    """It watches a cluster that has been starting for half a minute, while a job waits."""
    settings.WORKER_MARKS = tmp_path
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "workers": 1}
    async_task("math.sqrt", 9)
    OrmQ.objects.update(lock=timezone.now() - timedelta(seconds=25))
    watchdog = Watchdog()
    watchdog._cluster = subprocess.Popen(["sleep", "60"])
    watchdog._started_at = time.time() - 30
    yield watchdog
    watchdog._cluster.kill()
    watchdog._cluster.wait()


def test_a_cluster_that_takes_long_to_start_is_left_to_it(watchdog):
    assert watchdog._trouble([]) == ""


def test_a_cluster_that_does_not_start_is_started_again(watchdog):
    watchdog._started_at -= START_SECONDS
    assert watchdog._trouble([]) == "they did not start within 120 s"


def test_a_job_that_waits_for_an_idle_worker_is_a_cluster_that_hangs(watchdog):
    watchdog.marks.begin(os.getpid(), None)
    assert watchdog._trouble([]) == ""  # it has begun just now
    watchdog._complete_at = time.time() - 20
    assert watchdog._trouble([]) == "a job waits for 20 s although a worker is idle"


def test_a_job_that_waits_for_workers_who_are_busy_is_none(watchdog):
    watchdog.marks.begin(os.getpid(), 7)
    watchdog._complete_at = time.time() - 20
    assert watchdog._trouble([]) == ""
