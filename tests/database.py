"""The test database: a copy of one that was migrated once, in a server of the tests' own that waits for no disk.

Migrating takes as long as a hundred tests. The migrated database is made anew when a file that shapes it has changed.
With DATABASE_URL the copy is made on that server, whose settings stay as they are.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parents[1]
PACKAGES = ("config", "learner", "annotate", "projects", "accounts", "core", "runtime")
SHAPED_BY = ("migrations/*.py", "models/*.py", "models.py", "receivers.py", "queue/functions.py", "apps.py", "*.sql")
PREFIX = "template_annotate_"


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, django_db_modify_db_settings: None
) -> Iterator[None]:
    """In place of pytest-django's, which migrates for each process."""
    with django_db_blocker.unblock():
        production, name = connection.settings_dict["NAME"], connection.settings_dict["TEST"]["NAME"]
        with connection._nodb_cursor() as cursor:
            _wait_for_no_disk(cursor)
            cursor.execute("SELECT pg_advisory_lock(hashtext('the migrated database of the tests'))")
            template = _migrated(cursor)
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        _connect_to(name)
    yield
    with django_db_blocker.unblock():
        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        _connect_to(production)


@contextmanager
def another_database(migrated: bool = False) -> Iterator[None]:
    """An empty database, or one that was just migrated, in place of the tests' own for a block of code."""
    own = connection.settings_dict["NAME"]
    name, template = f"{own}_another", PREFIX + _version() if migrated else "template0"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    _connect_to(name)
    try:
        yield
    finally:
        _connect_to(own)
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _wait_for_no_disk(cursor: Any) -> None:
    if connection.settings_dict.get("EMBEDDED_DATA"):
        for setting in ("fsync", "full_page_writes"):
            cursor.execute(f"ALTER SYSTEM SET {setting} = off")
        cursor.execute("SELECT pg_reload_conf()")


def _migrated(cursor: Any) -> str:
    """The name of the migrated database; those of former versions are dropped."""
    name = PREFIX + _version()
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
    present = {row[0] for row in cursor.fetchall()}
    for former in present - {name}:
        cursor.execute(f'DROP DATABASE IF EXISTS "{former}"')
    if name not in present:
        connection.settings_dict["TEST"]["NAME"] = unfinished = PREFIX + "unfinished"
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        connection.close()
        cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
    return name


def _version() -> str:
    """Of what shapes the database, as a number."""
    files = {path for package in PACKAGES for pattern in SHAPED_BY for path in (ROOT / package).rglob(pattern)}
    version = hashlib.sha256()
    for path in [ROOT / "config/settings.py", ROOT / "requirements.txt", *sorted(files)]:
        version.update(path.read_bytes())
    return version.hexdigest()[:16]


def _connect_to(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
