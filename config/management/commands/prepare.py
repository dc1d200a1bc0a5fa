"""Bring tables and static files up to date; several hosts may do so at once."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command

from core.postgres.locks import advisory_lock
from core.static_files import collect


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        with advisory_lock("config.prepare"):
            call_command("migrate", verbosity=0, interactive=False)
            call_command("createcachetable", verbosity=0)
        if not settings.DEBUG:
            collect(settings.STATIC_ROOT)
