"""The built-in PostgreSQL: started by whoever first needs it, restarted when it is killed, stopped when nobody uses it.

The server lives in `var/postgres/`. Every process that uses it holds a shared lock on the file `users` beside
the data; a watchdog process runs the server, starts it again when it ends, and stops it once it can take that lock
alone. The operating system frees the locks of processes that ended, so even SIGKILL of every user leaves no server
behind. A watchdog that was itself killed is replaced by the next user that misses it, and takes over the server.
"""

import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

import psycopg2

USER = "postgres"
DATABASE = "annotate"
START_SECONDS = 60
MOST_STARTS = 2  # of a watchdog that ends before its server answers

_locks: dict[Path, IO[str]] = {}


class EmbeddedError(RuntimeError):
    """The built-in server could not be started; the message says why."""


def ensure_running(data: Path) -> Path:
    """Start the server on `data` unless it runs, hold it for the life of this process; return its socket's folder."""
    if data not in _locks:
        data.mkdir(parents=True, exist_ok=True)
        _locks[data] = lock(beside(data, "users"), fcntl.LOCK_SH)
        wait_until_it_answers(data, START_SECONDS)
    return socket_folder(data)


def wait_until_it_answers(data: Path, seconds: float) -> None:
    """See to it that the server is watched, and wait until it takes connections, after a crash for instance."""
    deadline = time.monotonic() + seconds
    starts = int(ensure_watched(data))
    while not answers(data):
        if starts > MOST_STARTS or time.monotonic() > deadline:
            raise EmbeddedError(_failure(data))
        time.sleep(0.05)
        starts += ensure_watched(data)


def ensure_watched(data: Path) -> bool:
    """Start a watchdog for the server unless one lives; whether that was needed. EmbeddedError where it ends soon."""
    if _is_watched(data):
        return False
    with lock(beside(data, "start"), fcntl.LOCK_EX):
        if needed := not _is_watched(data):
            _start_watchdog(data)
    return needed


def release(data: Path) -> None:
    """Use the server no longer; returns when it has stopped, unless another process uses it."""
    if users := _locks.pop(data, None):
        users.close()
        with contextlib.suppress(BlockingIOError, ValueError, ProcessLookupError):
            lock(beside(data, "users"), fcntl.LOCK_EX | fcntl.LOCK_NB).close()
            os.kill(int(beside(data, "watchdog").read_text()), signal.SIGUSR1)
            while _is_watched(data):
                time.sleep(0.02)


def socket_folder(data: Path) -> Path:
    """Where the server's socket is: in the data, or in the temporary folder when that path is too long for one."""
    if len(os.fsencode(data)) < 80:
        return data
    return Path(tempfile.gettempdir()) / f"annotate-{hashlib.sha256(os.fsencode(data)).hexdigest()[:12]}"


def beside(data: Path, name: str) -> Path:
    return data.parent / f"{data.name}.{name}"


def lock(path: Path, kind: int) -> IO[str]:
    """An open file that holds the lock until it is closed or its process ends."""
    handle = path.open("a")
    try:
        fcntl.flock(handle, kind)
    except BlockingIOError:
        handle.close()
        raise
    return handle


def answers(data: Path) -> bool:
    try:
        psycopg2.connect(host=str(socket_folder(data)), user=USER, dbname=DATABASE, connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True


def _is_watched(data: Path) -> bool:
    try:
        lock(beside(data, "watchdog"), fcntl.LOCK_SH | fcntl.LOCK_NB).close()
    except BlockingIOError:
        return True
    return False


def _start_watchdog(data: Path) -> None:
    with beside(data, "log").open("a") as log:
        watchdog = subprocess.Popen(
            [sys.executable, "-m", "runtime.embedded_watchdog", str(data)],
            cwd=Path(__file__).resolve().parents[1],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    while not _is_watched(data):
        if watchdog.poll() is not None:
            raise EmbeddedError(_failure(data))
        time.sleep(0.02)


def _failure(data: Path) -> str:
    return f"the built-in PostgreSQL did not start on {data}; the reason is at the end of {beside(data, 'log')}"
