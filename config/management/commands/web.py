"""Bring the database up to date, then serve pages and REST. What `up` starts, and the container."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import connection

from config import env
from config.storage import collect

MIGRATING = 7_020_261  # the advisory lock under which one host at a time migrates


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        prepare()
        connection.close()
        command = web_command(env.get("HOST"), env.get("PORT"))
        os.execv(command[0], command)  # noqa: S606  ourselves, with arguments of our own


def prepare() -> None:
    """Bring tables and static files up to date; several hosts may do so at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
        try:
            call_command("migrate", verbosity=0, interactive=False)
            call_command("createcachetable", verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])
    if not settings.DEBUG:
        collect(settings.STATIC_ROOT)


def web_command(host: str, port: int) -> list[str]:
    """granian in WSGI mode: its threads block on the database, its processes use the cores."""
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": str(env.get("WEB_WORKERS")),
        "--blocking-threads": str(env.get("WEB_THREADS")),
        "--log-level": "warning",
    }
    return [
        sys.executable,
        "-m",
        "granian",
        *(word for pair in options.items() for word in pair),
        "config.wsgi:application",
    ]
