"""Run the jobs: django-q2's cluster."""

from typing import Any

from django.core.management import BaseCommand, call_command


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("qcluster")
