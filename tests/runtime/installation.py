"""An installation of its own, started as people start it: `manage.py up` on a free port."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from config import env

UNSET = ("DJANGO_SETTINGS_MODULE", "DEBUG", "EMBEDDED", "DATABASE_URL")


class Installation:
    """Its folder is in the environment of every process of it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in UNSET},
            "VAR": str(folder),
            "PORT": str(self.port),
            "DEMO_PASSWORD": "a-demo-password",
            "WEB_WORKERS": "1",
            "JOB_WORKERS": "1",
            **environment,
        }

    def start(self, *options: str) -> str:
        """Start it; returns the line that it prints when it is ready."""
        self.errors = (self.folder / "errors").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", *options],
            cwd=env.ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith("Annotate is at "):
                return line
        pytest.fail(f"it ended before it was ready, with exit code {self.process.wait()}: {self.log()}")

    def log(self) -> str:
        return (self.folder / "errors").read_text()

    def call(self, method: str, path: str, body: object = None, token: str = "") -> Any:
        """The answer of REST; OSError where there is none, or an error."""
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Token {token}")
        with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310  our own address
            return json.load(answer)

    def is_ready(self) -> bool:
        try:
            return bool(self.call("GET", "/readyz"))
        except OSError:
            return False

    def processes(self, words: str = "") -> list[psutil.Process]:
        """Its processes with these words in the command: all have its folder there or in their environment."""
        return [process for process in psutil.process_iter() if self._is_ours(process, words)]

    def _is_ours(self, process: psutil.Process, words: str) -> bool:
        try:
            command = " ".join(process.cmdline())
            return (
                bool(command)  # what follows takes longer than to read it
                and words in command
                and (str(self.folder) in command or process.environ().get("VAR") == str(self.folder))
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def child(self, words: str) -> psutil.Process:
        """The child of `up` with these words in its command."""
        return next(process for process in self.processes(words) if process.ppid() == self.process.pid)

    def postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.folder / "postgres" / "postmaster.pid").read_text().split()[0]))

    def nothing_runs(self) -> bool:
        return not self.processes()

    def kill(self) -> None:
        """Everything at once by SIGKILL, PostgreSQL included."""
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def eventually(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(psutil.NoSuchProcess):  # one that was looked at has ended meanwhile
            if true():
                return True
        time.sleep(0.2)
    return False
