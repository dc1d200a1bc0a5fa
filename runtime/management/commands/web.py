"""Bring the database up to date, then serve pages and REST. What `up` starts, and the container."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import connection

STOP_SECONDS = 30  # what requests have to end before a process that is replaced or stopped is killed

CONNECTIONS = 4096  # of each process; the system's limit of open files may be lower
HEADER_SECONDS = 30  # what a client has to send its headers, and how long an idle connection is kept


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("prepare")
        connection.close()
        command = web_command(settings.WEB_HOST, settings.WEB_PORT)
        os.execv(command[0], command)  # noqa: S606  ourselves, with arguments of our own


def web_command(host: str, port: int) -> list[str]:
    """granian, whose processes use the cores; what each does with a connection is in `runtime/web`."""
    options = {
        "--interface": "asginl",
        "--http": "1",
        "--host": host,
        "--port": str(port),
        "--workers": str(settings.WEB_WORKERS),
        "--backlog": str(CONNECTIONS),
        "--backpressure": str(CONNECTIONS),
        "--http1-header-read-timeout": str(HEADER_SECONDS * 1000),
        "--log-level": "error",
    }
    return [
        sys.executable,
        "-m",
        "granian",
        *(word for pair in options.items() for word in pair),
        "--no-ws",
        *_restarts_of_processes(),
        "config.asgi:application",
    ]


def _restarts_of_processes() -> list[str]:
    """A process that was killed, or that takes too much memory, is replaced by granian while the others serve on."""
    limit = ["--workers-max-rss", str(settings.WEB_PROCESS_MB)] if settings.WEB_PROCESS_MB else []
    return [
        "--respawn-failed-workers",
        *limit,
        *("--rss-sample-interval", "5"),
        *("--workers-kill-timeout", str(STOP_SECONDS)),
    ]
