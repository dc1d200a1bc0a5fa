"""Import a file of items into a project: JSON, JSON lines, CSV, Excel, Parquet, or a zip of images."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.core.management.base import OutputWrapper

from annotate.imports.run import Report, TooLarge, import_file
from annotate_kit.formats.columns import ROLES, Roles, parse_roles, written
from annotate_kit.formats.readers import Unreadable
from projects.lookup import project_named

MOST_REJECTED = 20


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="Its number or its name.")
        parser.add_argument("file", type=Path, help="Its ending tells the format.")
        parser.add_argument(
            "--folders-are-labels", action="store_true", help="In a zip, the folder of an image is its gold label."
        )

        parser.add_argument(
            "--columns",
            type=_roles,
            help="What the columns of a table are: message:text,id:external_id,stars:gold. "
            f"Roles: {', '.join(ROLES)}, and answer:NAME. Of what is not said, the file before or a guess decides.",
        )
        parser.add_argument(
            "--create-annotators",
            action="store_true",
            help="People whose answers the file gives, and who have no account, become members who cannot log in.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"]
        try:
            project = project_named(options["project"])
            with path.open("rb") as stream:
                bar = Bar(path.stat().st_size, self.stderr)
                report = import_file(
                    project,
                    stream,
                    name=path.name,
                    content_type=None,
                    columns=options["columns"],
                    folders_are_labels=options["folders_are_labels"],
                    create_annotators=options["create_annotators"],
                    on_progress=bar.show,
                )
                bar.end()
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror or error}") from None
        except (LookupError, Unreadable, TooLarge) as error:
            raise CommandError(str(error)) from None
        self._tell(report)
        if report.rejected_count and not report.stored:
            raise CommandError("no row of the file could be stored")

    def _tell(self, report: Report) -> None:
        for name in ("created", "updated", "unchanged"):
            self.stdout.write(f"{name:10} {getattr(report, name):>12,}")
        self.stdout.write(f"{'rejected':10} {report.rejected_count:>12,}")
        if report.annotators_created:
            self.stdout.write(f"{'annotators':10} {report.annotators_created:>12,}")
        if report.columns:
            self.stdout.write(f"\ncolumns    {written(report.columns)}")
        if report.rejected:
            self.stdout.write(f"\n{'row':>9}  {'external_id':24}  reason")
        for row in report.rejected[:MOST_REJECTED]:
            self.stdout.write(f"{row['row']:>9,}  {(row['external_id'] or '–')[:24]:24}  {row['error']}")
        if report.rejected_count > MOST_REJECTED:
            self.stdout.write(f"{'…':>9}  and {report.rejected_count - MOST_REJECTED:,} more")


def _roles(text: str) -> Roles:
    try:
        return parse_roles(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


class Bar:
    """How far the file is read, on one line of a terminal; nothing where nobody watches."""

    def __init__(self, total: int, out: OutputWrapper) -> None:
        self._total, self._out, self._began = total, out, monotonic()
        self._watched = out.isatty()

    def show(self, bytes_read: int, report: Report) -> None:
        if not self._watched:
            return
        share = min(1.0, bytes_read / self._total) if self._total else 1.0
        rows = report.stored + report.rejected_count
        seconds = monotonic() - self._began
        line = f"\r[{'█' * round(30 * share):░<30}] {share:4.0%}  {rows:,} rows  {rows / max(seconds, 0.001):,.0f}/s "
        self._out.write(line, style_func=str, ending="")
        self._out.flush()

    def end(self) -> None:
        if self._watched:
            self._out.write("")
