"""`manage.py up`: everything starts together, ends together, and comes back with all that was acknowledged."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config import env

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("up")]


class Up:
    """An installation of its own on a free port, its folder in the environment of every process of it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            "VAR": str(folder),
            "PORT": str(self.port),
            "DEBUG": "0",
            "EMBEDDED": "1",
            "DEMO_PASSWORD": "a-demo-password",
            "WEB_WORKERS": "1",
            "JOB_WORKERS": "1",
        }

    def start(self) -> str:
        """Start it; returns the line that it prints when it is ready."""
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--demo"],
            cwd=env.ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith("Annotate is at "):
                return line
        pytest.fail(f"it ended before it was ready, with exit code {self.process.wait()}")

    def manage(self, code: str) -> str:
        """What this Python code prints in the environment of the installation."""
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
        return subprocess.run(
            command, cwd=env.ROOT, env=self.environment, capture_output=True, text=True, check=True
        ).stdout

    def processes(self) -> list[psutil.Process]:
        """Every process of this installation: all have its folder in the environment, PostgreSQL in its command."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return str(self.folder) in " ".join(process.cmdline()) or process.environ().get("VAR") == str(self.folder)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def child(self, words: str) -> psutil.Process:
        return next(p for p in psutil.Process(self.process.pid).children() if words in " ".join(p.cmdline()))

    def nothing_runs(self) -> bool:
        return not self.processes()

    def end(self) -> None:
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


@pytest.fixture
def up(tmp_path) -> Iterator[Up]:
    up = Up(tmp_path)
    yield up
    up.end()


def eventually(true: Callable[[], bool], seconds: float = 25) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.1)
    return False


def test_an_installation_starts_ends_and_comes_back_with_everything(up):
    welcome = up.start()
    assert f"http://localhost:{up.port}/" in welcome
    assert re.search("mona / a-demo-password, rita / .*, ann / .*, abe / a-demo-password", welcome)
    with urllib.request.urlopen(f"http://localhost:{up.port}/readyz") as answer:
        assert answer.status == 200
    up.manage(ANSWER_ONE)

    up.end()  # the whole installation at once by SIGKILL, PostgreSQL included
    up.process.wait()
    assert eventually(up.nothing_runs)

    up.start()
    assert (
        up.manage("from annotate.models import *; print(Annotation.objects.count(), Item.objects.count())")
        == "1 1857\n"
    )

    up.child("manage.py worker").send_signal(signal.SIGKILL)
    output = up.process.communicate(timeout=30)[0]
    assert "The worker process was killed by SIGKILL; everything is stopped." in output
    assert up.process.returncode == 1
    assert eventually(up.nothing_runs)

    up.start()
    up.process.kill()
    assert eventually(up.nothing_runs), [process.cmdline() for process in up.processes()]

    up.start()
    up.process.terminate()
    assert up.process.wait(30) == 0
    assert eventually(up.nothing_runs)


ANSWER_ONE = """
from accounts.models import User
from annotate.leasing import lease_next
from annotate.submitting import submit
from projects.models import Project
submit(lease_next(Project.objects.get(name="digits"), User.objects.get(username="ann")), "7")
"""


def test_a_taken_port_is_said_before_anything_is_started(up):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", up.port))
        taken.listen()
        failed = subprocess.run(
            [sys.executable, "manage.py", "up"], cwd=env.ROOT, env=up.environment, capture_output=True, text=True
        )
    assert failed.returncode == 1
    assert f"Port {up.port} on 127.0.0.1 can't be used: Address already in use. Choose another: PORT=" in failed.stderr
    assert up.nothing_runs()
