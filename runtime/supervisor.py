"""The processes of one installation: they start together, and when one ends they all end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

from django.conf import settings

from runtime import reaper

LOOK_SECONDS = 0.2


class Supervisor:
    """Children, each the leader of a process group of its own, and the reaper that outlives us to end them."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.stop_reason: str | None = None
        self._reaper = subprocess.Popen(
            [sys.executable, "-m", "runtime.reaper"],
            stdin=subprocess.PIPE,
            cwd=settings.BASE_DIR,
            start_new_session=True,
        )

    def start(self, name: str, command: Sequence[str]) -> None:
        child = subprocess.Popen(command, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, start_new_session=True)
        self.children[name] = child
        assert self._reaper.stdin
        self._reaper.stdin.write(f"{child.pid}\n".encode())
        self._reaper.stdin.flush()

    def stop_on_signals(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal stop everything in order."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop_reason = "Stopped."

    def wait_until(self, ready: Callable[[], bool]) -> bool:
        """Wait until `ready()`; False when everything has to end before that."""
        while not ready():
            if self._has_to_end():
                return False
            time.sleep(LOOK_SECONDS / 4)
        return True

    def wait(self, parent: int | None = None) -> None:
        """Wait until everything has to end: a signal, the end of a child, or that of the process `parent`."""
        while not self._has_to_end():
            if parent is not None and os.getppid() != parent:
                self.stop_reason = "The process that started this one has ended."
            time.sleep(LOOK_SECONDS)

    def _has_to_end(self) -> bool:
        for name, process in {**self.children, "reaper": self._reaper}.items():
            if self.stop_reason is None and process.poll() is not None:
                self.stop_reason = f"The {name} process {_ending(process.returncode)}; everything is stopped."
        return self.stop_reason is not None

    def end(self) -> None:
        """End all children; returns when none is left."""
        reaper.end([child.pid for child in self.children.values()], self.children.values())
        for child in self.children.values():
            child.wait()
        assert self._reaper.stdin
        self._reaper.stdin.close()
        self._reaper.wait()


def _ending(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
