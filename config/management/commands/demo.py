"""Create the demo's people and projects where they are missing, and say how to log in."""

from typing import Any

from django.core.management import BaseCommand

from config import demo


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        for name, password in demo.build().items():
            self.stdout.write(f"{name} / {password}")
