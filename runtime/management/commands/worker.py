"""Run the jobs: a cluster of processes, watched, and started again when it hangs."""

import socket
from argparse import SUPPRESS, ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from runtime.processes import exit_at_once


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []  # they import all views

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Only say, by the exit code, if one lives on this host."
        )
        parser.add_argument("--marks", type=Path, help=SUPPRESS)  # the watched cluster itself

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            check()
        elif options["marks"]:
            from runtime import worker_cluster

            worker_cluster.run(options["marks"])
        else:
            from runtime.worker_watchdog import Watchdog

            Watchdog().run()
            exit_at_once(0)


def check() -> None:
    """CommandError where no cluster of this host gave a sign of life in the last seconds."""
    from django_q.status import Stat

    if not any(cluster.host == socket.gethostname() for cluster in Stat.get_all()):
        raise CommandError("No worker runs on this host; start one with manage.py worker.")
