"""Children that end are started again, later each time, and not for ever."""

import signal
import sys
from collections.abc import Iterator

import psutil
import pytest

from runtime.processes import runs, wait_until_ended
from runtime.supervisor import Child, Supervisor

pytestmark = pytest.mark.processes

SLEEP = "import time; time.sleep(60)"


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    supervisor.end()


def start(supervisor: Supervisor, code: str, overlap: float = 0.0) -> Child:
    supervisor.start("web", [sys.executable, "-c", code], overlap)
    return supervisor.children[-1]


def test_a_child_that_is_killed_is_started_again(supervisor, caplog):
    child = start(supervisor, SLEEP)
    first = child.process
    first.kill()
    assert supervisor.wait_until(lambda: child.process is not first)
    assert child.process.poll() is None
    assert "The web process was killed by SIGKILL; it is started again." in caplog.text


STARTS_ANOTHER = """
import pathlib, subprocess, sys, time
another = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path("{folder}", f"{{another.pid}}").touch()
time.sleep(60)
"""


def test_what_a_killed_child_left_behind_is_ended(supervisor, tmp_path):
    child = start(supervisor, STARTS_ANOTHER.format(folder=tmp_path))
    assert supervisor.wait_until(lambda: list(tmp_path.iterdir()))
    (left_behind,) = [int(path.name) for path in tmp_path.iterdir()]
    child.process.kill()
    assert supervisor.wait_until(lambda: not runs(left_behind))


def test_what_a_killed_child_left_behind_may_work_until_the_next_one_does(supervisor, tmp_path):
    child = start(supervisor, STARTS_ANOTHER.format(folder=tmp_path), overlap=2)
    assert supervisor.wait_until(lambda: list(tmp_path.iterdir()))
    (left_behind,) = [int(path.name) for path in tmp_path.iterdir()]
    child.process.kill()
    assert supervisor.wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
    assert runs(left_behind)
    assert supervisor.wait_until(lambda: not runs(left_behind))
    assert child.process.poll() is None


def test_the_end_waits_for_what_a_killed_child_left_behind(supervisor, tmp_path):
    """It takes long to end: its memory is given back page by page."""
    code = STARTS_ANOTHER.replace("import time; time.sleep(60)", "import time; x = b'x' * 300_000_000; time.sleep(60)")
    child = start(supervisor, code.format(folder=tmp_path), overlap=60)
    assert supervisor.wait_until(lambda: list(tmp_path.iterdir()))
    (left_behind,) = [int(path.name) for path in tmp_path.iterdir()]
    assert supervisor.wait_until(lambda: psutil.Process(left_behind).memory_info().rss > 300_000_000)
    child.process.kill()
    assert supervisor.wait_until(lambda: bool(supervisor._leftovers))
    supervisor.end()
    assert not runs(left_behind)


def test_a_child_that_always_fails_is_given_up_and_everything_is_stopped(supervisor, monkeypatch, caplog):
    monkeypatch.setattr("runtime.supervisor.LOOK_SECONDS", 0.01)
    monkeypatch.setattr(Child, "delay", lambda self: 0.01)
    start(supervisor, "raise SystemExit(3)")
    supervisor.wait()
    assert supervisor.stop_reason == "The web process ended with exit code 3, 6 times in a row; everything is stopped."
    assert caplog.text.count("it is started again") == 5


def test_the_pauses_between_restarts_grow(supervisor):
    child = start(supervisor, SLEEP)
    assert [child.schedule_restart() for _ in range(6)] == [0, 0.5, 1, 2, 4, None]


def test_a_child_that_ran_for_long_is_restarted_at_once_however_often_it_was(supervisor, monkeypatch):
    child = start(supervisor, SLEEP)
    for _ in range(4):
        child.schedule_restart()
    monkeypatch.setattr("runtime.supervisor.STEADY_SECONDS", 0)
    assert child.schedule_restart() == 0


def test_a_reaper_that_is_killed_is_replaced_by_one_that_knows_every_child(supervisor):
    child = start(supervisor, SLEEP)
    first = supervisor.reaper.process
    first.kill()
    assert supervisor.wait_until(lambda: supervisor.reaper.process is not first)
    supervisor.reaper.process.stdin.close()  # as when we are killed
    assert wait_until_ended([child.process.pid], 10)


def test_what_does_not_stop_is_killed(supervisor, monkeypatch, tmp_path):
    monkeypatch.setattr("runtime.reaper.GRACE_SECONDS", 0.3)
    ready = tmp_path / "ready"
    ignore = "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    child = start(supervisor, f"{ignore}; pathlib.Path({str(ready)!r}).touch(); time.sleep(60)")
    assert supervisor.wait_until(ready.exists)
    supervisor.end()
    assert child.process.returncode == -signal.SIGKILL
