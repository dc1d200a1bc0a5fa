"""For a folder of answers what the `peerannot` command does; without a database."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from annotate_kit import cli


class Command(BaseCommand):
    """For `manage.py help`: `manage.py` itself hands `crowd` to the command line, before it reads any setting."""

    help = "Install, aggregate, identify, simulate and describe folders of crowdsourced answers, as peerannot does."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        sys.exit(cli.main(argv[2:], program="manage.py crowd"))

    def handle(self, *args: Any, **options: Any) -> None:
        raise NotImplementedError("crowd parses its own arguments: annotate_kit.cli.run(arguments)")
