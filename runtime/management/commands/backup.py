"""Write everything that is stored, database and files, to one file, while people go on labelling."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from core.whole_files import replacing
from runtime.backups import Unusable, archive


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        means = "The file to write, or a folder for one named by day and time; - writes to standard output."
        parser.add_argument("path", type=Path, help=means)
        parser.add_argument("--replace", action="store_true", help="Write the file anew where it is there.")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["path"]
        if path.is_dir():
            path /= f"annotate-{timezone.now():%Y-%m-%d-%H%M%S}.tar"
        if path.exists() and not options["replace"]:
            raise CommandError(f"{path} is there already: name another file, or say --replace")
        try:
            summary = _to_standard_output() if str(path) == "-" else _to(path)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror or error}") from None
        except Unusable as error:
            raise CommandError(str(error)) from None
        self.stderr.write(f"{path}: {archive.described(summary)}")


def _to(path: Path) -> archive.Summary:
    with replacing(path, mode=0o600) as file:
        return archive.write(file, scratch=path.parent)


def _to_standard_output() -> archive.Summary:
    summary = archive.write(sys.stdout.buffer)
    sys.stdout.buffer.flush()
    return summary
