"""Print the link that makes the first account, an administrator's; nothing where there is an account already."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand

from accounts import first_run


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("site", nargs="?", default="http://localhost:8000", help="Where people reach this site.")

    def handle(self, *args: Any, **options: Any) -> None:
        if first_run.is_needed():
            self.stdout.write(options["site"].rstrip("/") + first_run.path())
        else:
            self.stderr.write("There is an account already; `createsuperuser` makes another administrator.")
