"""An installation for a benchmark: the built-in PostgreSQL in a temporary folder, and the real web processes on it."""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
PORT = 8731


@contextmanager
def installation() -> Iterator[Path]:
    """Django set up on an empty, migrated database; yields the folder, which goes in the end, also after SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    folder = Path(tempfile.mkdtemp(prefix="annotate-benchmark-"))
    os.environ |= {
        "VAR": str(folder),
        "DEBUG": "0",
        "EMBEDDED": "1",
        "LOG_LEVEL": "ERROR",
        "PORT": str(PORT),
        "WEBHOOKS_PRIVATE": "1",
    }
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        import django

        django.setup()
        from django.core.management import call_command

        call_command("prepare")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server() -> Iterator[list[psutil.Process]]:
    """The real web processes, once they answer; they end with the block."""
    from runtime.management.commands.web import web_command

    assert not answers(), f"something serves on port {PORT} already"
    web = subprocess.Popen(web_command("127.0.0.1", PORT), cwd=ROOT, start_new_session=True)
    try:
        while not answers():
            time.sleep(0.1)
        yield [psutil.Process(web.pid), *psutil.Process(web.pid).children(recursive=True)]
    finally:
        for process in [*psutil.Process(web.pid).children(recursive=True), psutil.Process(web.pid)]:
            process.terminate()
        web.wait()


def answers() -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False


def cpu_seconds(processes: list[psutil.Process]) -> float:
    """CPU of these processes and of every process of the database, ended ones too."""
    from config import env

    postmaster = psutil.Process(int((env.var() / "postgres" / "postmaster.pid").read_text().split()[0]))
    total = 0.0
    for process in [*processes, postmaster, *postmaster.children()]:
        try:
            times = process.cpu_times()
            total += times.user + times.system
        except psutil.NoSuchProcess:
            continue
    reaped = postmaster.cpu_times()
    return total + reaped.children_user + reaped.children_system


def cpu_of_ended_children() -> float:
    own = psutil.Process().cpu_times()
    return own.children_user + own.children_system
