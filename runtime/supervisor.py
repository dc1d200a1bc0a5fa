"""The processes of one installation: they start together and end together, and one that ends alone is started again."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

from django.conf import settings

from runtime.reaper import GRACE_SECONDS, end, send

LOOK_SECONDS = 0.1
STEADY_SECONDS = 10.0  # a process that has run for so long did not fail at its start
MOST_RESTARTS = 5  # in a row, of a process that does not run for so long

log = logging.getLogger(__name__)


class Child:
    """One process, the leader of a process group of its own."""

    def __init__(
        self, name: str, command: Sequence[str], overlap: float = 0.0, stdin: int = subprocess.DEVNULL
    ) -> None:
        self.name = name
        self.overlap = overlap
        self._command = command
        self._stdin = stdin
        self._restarts = 0
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, cwd=settings.BASE_DIR, stdin=self._stdin, start_new_session=True)
        self._started_at = time.monotonic()
        self.restart_at: float | None = None

    def schedule_restart(self) -> float | None:
        """After how many seconds to start it again: later each time in a row; None after too many times."""
        now = time.monotonic()
        if now - self._started_at >= STEADY_SECONDS:
            self._restarts = 0
        self._restarts += 1
        if self._restarts > MOST_RESTARTS:
            return None
        self.restart_at = now + self.delay()
        return self.delay()

    def delay(self) -> float:
        """None at first, then half a second, doubled each time."""
        return 0.0 if self._restarts == 1 else 2.0 ** (self._restarts - 3)


class Supervisor:
    """Starts children and restarts them; the reaper, a child too, outlives us to end the others."""

    def __init__(self) -> None:
        self.stop_reason: str | None = None
        self.children: list[Child] = []
        self._leftovers: list[tuple[float, int, int]] = []  # when to send which signal to which process group
        self.reaper = Child("reaper", [sys.executable, "-m", "runtime.reaper"], stdin=subprocess.PIPE)

    def start(self, name: str, command: Sequence[str], overlap: float = 0.0) -> None:
        """Start a child. What it leaves behind when it is killed may run for `overlap` seconds beside the next one."""
        child = Child(name, command, overlap)
        self.children.append(child)
        self._tell_reaper(child.process.pid)

    def stop_on_signals(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal stop everything in order."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop_reason = "Stopped."

    def wait_until(self, ready: Callable[[], bool]) -> bool:
        """Wait until `ready()`; False when everything has to end before that."""
        while self.stop_reason is None and not ready():
            self._look()
            time.sleep(LOOK_SECONDS)
        return self.stop_reason is None

    def wait(self, parent: int | None = None, look_too: Callable[[], object] = lambda: None) -> None:
        """Restart what ends, until a signal, the end of the process `parent`, or a child that fails again and again."""
        while self.stop_reason is None:
            self._look()
            look_too()
            if parent is not None and os.getppid() != parent:
                self.stop_reason = "The process that started this one has ended."
            time.sleep(LOOK_SECONDS)

    def end(self) -> None:
        """End all children; returns when none is left."""
        processes = [child.process for child in self.children if child.restart_at is None]
        end([*(process.pid for process in processes), *(group for _, _, group in self._leftovers)])
        for process in processes:
            process.wait()
        self.reaper.process.kill()
        self.reaper.process.wait()

    def _look(self) -> None:
        self._end_leftovers()
        for child in (self.reaper, *self.children):
            if child.process.poll() is None:
                continue
            if child.restart_at is None:
                self._schedule_restart(child)
            elif time.monotonic() >= child.restart_at:
                self._restart(child)

    def _schedule_restart(self, child: Child) -> None:
        """The first look at a process that has ended; what it started and left behind ends, too, now or later."""
        end_at = time.monotonic() + child.overlap
        grace = GRACE_SECONDS if child.overlap else 0.0
        group = child.process.pid
        self._leftovers += [(end_at, signal.SIGTERM, group), (end_at + grace, signal.SIGKILL, group)]
        self._end_leftovers()
        ending = f"The {child.name} process {_ending(child.process.returncode)}"
        delay = child.schedule_restart()
        if delay is None:
            self.stop_reason = f"{ending}, {MOST_RESTARTS + 1} times in a row; everything is stopped."
        else:
            log.error("%s; it is started again%s.", ending, f" in {delay:g} s" if delay else "")

    def _end_leftovers(self) -> None:
        now = time.monotonic()
        for _, number, group in [leftover for leftover in self._leftovers if leftover[0] <= now]:
            send(group, number)
            if number == signal.SIGKILL:
                self._tell_reaper(-group)
        self._leftovers = [leftover for leftover in self._leftovers if leftover[0] > now]

    def _restart(self, child: Child) -> None:
        child.start()
        if child is self.reaper:
            for running in self.children:
                if running.restart_at is None:
                    self._tell_reaper(running.process.pid)
        else:
            self._tell_reaper(child.process.pid)

    def _tell_reaper(self, group: int) -> None:
        """A reaper that was killed reads nothing; the next one is told of every child when it starts."""
        assert self.reaper.process.stdin
        with contextlib.suppress(BrokenPipeError):
            os.write(self.reaper.process.stdin.fileno(), f"{group}\n".encode())


def _ending(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
