"""Export a project: items with gold, consensus and annotations, or the annotations alone."""

import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from annotate.exports.rows import ITEMS, WHAT, export, formats
from core.whole_files import replacing
from projects.lookup import project_named


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="Its number or its name.")
        parser.add_argument(
            "--format", required=True, choices=[name for name, _ in formats()], help="How the file is written."
        )
        parser.add_argument("--output", required=True, help="Path of the file; - writes to standard output.")
        parser.add_argument("--what", choices=list(WHAT), default=ITEMS, help="What a row is.")
        parser.add_argument("--only-done", action="store_true", help="Items with all the annotations they want.")
        parser.add_argument("--splits", action="store_true", help="A zip with a file for training and one for testing.")
        parser.add_argument("--since", type=_moment, help="What was annotated from then on: 2026-01-31 or with a time.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            pieces = export(
                project_named(options["project"]),
                options["format"],
                what=options["what"],
                only_done=options["only_done"],
                since=options["since"],
                splits=options["splits"],
            )
            if options["output"] == "-":
                sys.stdout.buffer.writelines(pieces)
                sys.stdout.buffer.flush()
            else:
                with replacing(Path(options["output"])) as file:
                    file.writelines(pieces)
        except OSError as error:
            raise CommandError(f"{options['output']}: {error.strerror or error}") from None
        except (LookupError, ValueError) as error:
            raise CommandError(str(error.args[0])) from None


def _moment(text: str) -> datetime:
    day = parse_date(text)
    moment = datetime(day.year, day.month, day.day) if day else parse_datetime(text)
    if moment is None:
        raise ValueError(text)
    return moment if moment.tzinfo else timezone.make_aware(moment)
