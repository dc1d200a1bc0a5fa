"""Check that the queue keeps its promises, and that values name labels that there are. The exit code says it, too."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from annotate.items import label_changes
from annotate.queue import checks
from projects.lookup import project_named
from projects.models import Project

MOST_SENTENCES = 5
CONSTRAINTS = "the database has the constraints that keep the promises"
LABELS = "every value names labels that there are"


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", nargs="?", help="Its number or its name; without it, all projects are checked.")
        parser.add_argument(
            "--repair", action="store_true", help="Put values under former names of labels under the present ones."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        broken = self._show({CONSTRAINTS: checks.missing_constraints()})
        for project in _projects(options["project"]):
            if options["repair"]:
                label_changes.repair(project)
            counts = f"{project.items.count():,} items, {project.annotations.count():,} annotations"
            self.stdout.write(f"{project} ({project.pk}): {counts}")
            problems = self._show(_exceptions(project))
            broken += problems
            if not problems:
                self.stdout.write("  every promise is kept")
        if broken:
            raise CommandError(f"{broken} promise{' is' if broken == 1 else 's are'} broken")

    def _show(self, exceptions: dict[str, list[str]]) -> int:
        """Print what breaks which promise; how many are broken."""
        broken = {promise: sentences for promise, sentences in exceptions.items() if sentences}
        for promise, sentences in broken.items():
            self.stdout.write(f"  BROKEN: {promise}")
            for sentence in sentences[:MOST_SENTENCES]:
                self.stdout.write(f"    {sentence}")
            if len(sentences) > MOST_SENTENCES:
                self.stdout.write(f"    and {len(sentences) - MOST_SENTENCES:,} more")
        return len(broken)


def _projects(name: str | None) -> list[Project]:
    if name is None:
        return list(Project.objects.order_by("pk"))
    try:
        return [project_named(name)]
    except LookupError as error:
        raise CommandError(str(error)) from None


def _exceptions(project: Project) -> dict[str, list[str]]:
    checks.sweep(project)
    exceptions = {check.promise: checks.exceptions(check, project) for check in checks.CHECKS}
    orphans = label_changes.orphans(project)
    return exceptions | {LABELS: [f"{value!r} stands in {times:,} {what}" for what, value, times in orphans]}
