"""Start everything: the database if it is the built-in one, its migrations, the web server and the worker."""

import os
import socket
import sys
import urllib.error
import urllib.request
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import connection

from config import demo, env
from config.house import House
from config.management.commands.web import prepare, web_command


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="Create the demo's people and projects where missing.")
        parser.add_argument("--with-parent", action="store_true", help="End when the process that started this ends.")

    def handle(self, *args: Any, **options: Any) -> None:
        parent = os.getppid() if options["with_parent"] else None
        host, port = env.get("HOST"), env.get("PORT")
        _check_port(host, port)
        prepare()
        house = House()
        house.stop_on_signals()
        try:
            house.start("web", web_command(host, port))
            house.start("worker", [sys.executable, "manage.py", "worker"])
            logins = demo.build() if options["demo"] else {}  # while they start
            connection.close()
            if house.wait_until(lambda: _answers(host, port)):
                self.stdout.write(_welcome(host, port, logins))
                self.stdout.flush()
            house.wait(parent)
        finally:
            house.end()
        self.stdout.write(house.stop_reason or "")
        if house.stop_reason != "Stopped.":
            raise SystemExit(1)


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} on {host} can't be used: {error.strerror}. Choose another: PORT={port + 1}"
            ) from None


def _address(host: str, port: int) -> str:
    return f"http://{'localhost' if host in ('0.0.0.0', '127.0.0.1', '::') else host}:{port}/"  # noqa: S104  compared, not bound


def _answers(host: str, port: int) -> bool:
    try:
        with urllib.request.urlopen(f"{_address(host, port)}healthz", timeout=5) as answer:  # noqa: S310  our own address
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        raise CommandError(f"The web server answers {error.code} to {error.url}; is ALLOWED_HOSTS right?") from None
    except OSError:
        return False


def _welcome(host: str, port: int, logins: dict[str, str]) -> str:
    people = ", ".join(f"{name} / {password}" for name, password in logins.items())
    return f"Annotate is at {_address(host, port)}" + (f"  log in as {people}" if people else "")
