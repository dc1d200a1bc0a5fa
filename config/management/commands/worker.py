"""Run the jobs: a cluster of processes, watched, and started again when it hangs."""

from argparse import SUPPRESS, ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--marks", type=Path, help=SUPPRESS)  # the watched cluster itself

    def handle(self, *args: Any, **options: Any) -> None:
        if options["marks"]:
            from config import cluster

            cluster.run(options["marks"])
        else:
            from config.watch import Watch

            Watch().run()
