"""For a folder of answers what the `peerannot` command does; without a database."""

from argparse import REMAINDER
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotate_kit import cli


class Command(BaseCommand):
    """For `manage.py help` and `call_command`: `manage.py` itself runs `crowd` before it reads any setting."""

    help = "Install, aggregate, identify, simulate and describe folders of crowdsourced answers, as peerannot does."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("arguments", nargs=REMAINDER, help="see manage.py crowd --help")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(cli.run(options["arguments"], program="manage.py crowd"))
        except cli.CommandFailed as error:
            raise CommandError(str(error)) from error
