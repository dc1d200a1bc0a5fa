"""Bring tables and static files up to date; several hosts may do so at once."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import connection

from core.static_files import collect

MIGRATING = 7_020_261  # the advisory lock under which one host at a time migrates


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
            try:
                call_command("migrate", verbosity=0, interactive=False)
                call_command("createcachetable", verbosity=0)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])
        if not settings.DEBUG:
            collect(settings.STATIC_ROOT)
