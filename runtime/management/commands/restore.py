"""Put what `backup` wrote into an empty installation, with nothing running on it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, call_command

from runtime.backups import Unusable, archive


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="The file that backup wrote.")
        parser.add_argument("--check", action="store_true", help="Read the file to its end, and change nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["path"]
        try:
            summary = archive.check(path) if options["check"] else archive.restore(path)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror or error}") from None
        except Unusable as error:
            raise CommandError(str(error)) from None
        if not options["check"]:
            call_command("prepare")
        self.stdout.write(f"{path}: {archive.described(summary)}")
