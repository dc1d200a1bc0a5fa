"""What a worker was at is known although it was killed, and its watchdog with it."""

import os

import pytest

from runtime.worker_marks import LockedFolder, Marks

NOBODY = 2**22 + 1  # above the greatest process number


@pytest.fixture
def marks(tmp_path) -> Marks:
    return Marks(LockedFolder(tmp_path).path)


def test_a_job_that_is_done_leaves_nothing(marks):
    marks.take(7, "until")
    marks.begin(os.getpid(), 7)
    assert (marks.jobs(), marks.workers(), marks.waiting_since()) == ({7}, {os.getpid(): 7}, [])
    marks.begin(os.getpid(), None)
    marks.finish(7)
    marks.leave(os.getpid())
    marks.clear(killed_pids=[])
    assert (marks.jobs(), marks.workers(), marks.to_give_back()) == (set(), {}, [])


def test_a_job_that_was_taken_and_not_begun_waits(marks):
    marks.take(7, "until")
    assert len(marks.waiting_since()) == 1


def test_a_process_that_was_killed_is_known_by_its_mark(marks):
    marks.begin(os.getpid(), None)
    marks.begin(NOBODY, 7)
    assert marks.killed_pids() == [NOBODY]


def test_jobs_of_a_killed_cluster_are_given_back_and_kills_are_counted(marks):
    for _ in range(2):
        marks.take(7, "until")
        marks.take(8, "later")
        marks.begin(NOBODY, 7)
        marks.begin(os.getpid(), 8)  # killed with the others, but not the reason
        marks.clear(killed_pids=[NOBODY])
    assert sorted(marks.to_give_back()) == [(7, "until", 2), (8, "later", 0)]
    marks.give_back(7)
    assert marks.to_give_back() == [(8, "later", 0)]


def test_the_next_watchdog_takes_over_what_a_killed_one_left(tmp_path):
    killed = LockedFolder(tmp_path)
    killed_marks = Marks(killed.path)
    killed_marks.take(7, "until")
    killed_marks.begin(NOBODY, 7)
    living = LockedFolder(tmp_path)
    killed._lock.close()  # as the operating system does

    own = LockedFolder(tmp_path)
    marks = Marks(own.path)
    for folder in own.abandoned():
        marks.adopt(Marks(folder))
    assert marks.to_give_back() == [(7, "until", 1)]
    assert set(tmp_path.iterdir()) == {living.path, own.path}
