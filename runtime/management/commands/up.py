"""Start everything: the database if it is the built-in one, its migrations, the web server and the worker."""

import io
import logging
import os
import socket
import sys
import urllib.error
import urllib.request
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection

from runtime import embedded_postgres
from runtime.management.commands.web import web_command
from runtime.processes import exit_at_once
from runtime.supervisor import Supervisor

OVERLAP_SECONDS = 30.0  # web processes whose parent was killed serve until new ones do, on a busy machine too

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="Create the demo's people and projects where missing.")
        parser.add_argument("--with-parent", action="store_true", help="End when the process that started this ends.")

    def handle(self, *args: Any, **options: Any) -> None:
        parent = os.getppid() if options["with_parent"] else None
        host, port = settings.WEB_HOST, settings.WEB_PORT
        _check_port(host, port)
        call_command("prepare")
        supervisor = Supervisor()
        supervisor.stop_on_signals()
        try:
            supervisor.start("web", web_command(host, port), overlap=OVERLAP_SECONDS)
            supervisor.start("worker", [sys.executable, "manage.py", "worker"])
            hint = _make_demo() if options["demo"] else _setup_link(host, port)  # while they start
            connection.close()
            if supervisor.wait_until(lambda: _answers(host, port)):
                self.stdout.write(_welcome(host, port, hint))
                self.stdout.flush()
            supervisor.wait(parent, _ensure_watched)
        finally:
            supervisor.end()
            _release_database()
        self.stdout.write(supervisor.stop_reason or "")
        exit_at_once(0 if supervisor.stop_reason == "Stopped." else 1)


def _make_demo() -> str:
    """How to log in to the demo, as the command `demo` prints it."""
    logins = io.StringIO()
    call_command("demo", stdout=logins)
    return f"log in as {', '.join(logins.getvalue().splitlines())}"


def _setup_link(host: str, port: int) -> str:
    """How to make the first account; empty where there is one."""
    link = io.StringIO()
    call_command("setup_link", _address(host, port), stdout=link, stderr=io.StringIO())
    return f"make the first account at {link.getvalue().strip()}" if link.getvalue() else ""


def _ensure_watched() -> None:
    """Where the built-in PostgreSQL is used: see to it that its watchdog lives."""
    if data := settings.DATABASES["default"].get("EMBEDDED_DATA"):
        try:
            embedded_postgres.ensure_watched(Path(data))
        except embedded_postgres.EmbeddedError as error:
            log.error("%s.", error)


def _release_database() -> None:
    if data := settings.DATABASES["default"].get("EMBEDDED_DATA"):
        connection.close()
        embedded_postgres.release(Path(data))


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


def _welcome(host: str, port: int, hint: str) -> str:
    return f"Annotate is at {_address(host, port)}" + (f"  {hint}" if hint else "")
