"""Whether processes have ended: one that has, and that its parent has not noticed yet (a zombie), runs no more."""

import logging
import os
import sys
import time
from collections.abc import Collection, Iterable
from typing import NoReturn

import psutil

LOOK_SECONDS = 0.02


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_ended(pids: Iterable[int], seconds: float) -> bool:
    """Whether all of them have ended in time."""
    running = set(pids)
    deadline = time.monotonic() + seconds
    while (running := {pid for pid in running if runs(pid)}) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    return not running


def members(groups: Collection[int]) -> list[int]:
    """The processes of these process groups."""
    return [pid for pid in psutil.pids() if _group(pid) in groups]


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def exit_at_once(code: int) -> NoReturn:
    """End this process without taking the interpreter apart, which takes a second with scientific libraries loaded."""
    sys.stdout.flush()
    sys.stderr.flush()
    logging.shutdown()
    os._exit(code)
