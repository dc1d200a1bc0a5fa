"""The built-in PostgreSQL: whoever cannot connect sees to it that it runs, and it ends with its last user."""

import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from runtime import embedded_postgres
from runtime.database.base import DatabaseWrapper
from runtime.processes import runs, wait_until_ended

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("embedded")]


@pytest.fixture(scope="module")
def data(folder) -> Iterator[Path]:
    data = folder / "postgres"
    embedded_postgres.ensure_running(data)
    yield data
    embedded_postgres.release(data)


@pytest.fixture
def database(data, django_db_blocker) -> Iterator[BaseDatabaseWrapper]:
    """A connection to this server, not to the database of the tests."""
    settings = {**connection.settings_dict, "NAME": "annotate", "EMBEDDED_DATA": str(data), "OPTIONS": {}}
    database = DatabaseWrapper(settings, alias="embedded")
    with django_db_blocker.unblock():
        yield database
    database.close()


def kill(pid: int) -> None:
    psutil.Process(pid).send_signal(signal.SIGKILL)
    assert wait_until_ended([pid], 10)


def postmaster(data: Path) -> int:
    return int((data / "postmaster.pid").read_text().split()[0])


def watchdog(data: Path) -> int:
    return int(data.with_name("postgres.watchdog").read_text())


def answer_of(database: BaseDatabaseWrapper) -> int:
    """What a new connection answers."""
    database.close()
    with database.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone()[0]


def test_pages_are_logged_as_they_are_since_compressing_them_takes_longest(data, database):
    with database.cursor() as cursor:
        cursor.execute("SELECT current_setting('wal_compression'), current_setting('full_page_writes')")
        assert cursor.fetchone() == ("off", "on")


def test_the_watchdog_starts_a_server_again_that_was_killed(data, database):
    assert answer_of(database) == 1
    its_watchdog = watchdog(data)
    for _ in range(3):  # the second and third time while the watchdog starts it
        first = postmaster(data)
        kill(first)
        assert answer_of(database) == 1
        assert (postmaster(data) != first, watchdog(data)) == (True, its_watchdog)


def test_who_cannot_connect_starts_the_server_where_its_watchdog_was_killed_too(data, database):
    kill(watchdog(data))
    kill(postmaster(data))
    assert answer_of(database) == 1


def test_a_new_watchdog_takes_over_a_server_that_runs(data, database):
    server = postmaster(data)
    with database.cursor():
        kill(watchdog(data))
        assert embedded_postgres.ensure_watched(data)
        assert not embedded_postgres.ensure_watched(data)
    assert (answer_of(database), postmaster(data)) == (1, server)


def test_a_process_that_has_the_number_of_a_killed_server_is_not_taken_for_it(data, database):
    kill(watchdog(data))
    kill(postmaster(data))
    lines = (data / "postmaster.pid").read_text().split("\n")
    (data / "postmaster.pid").write_text("\n".join([str(psutil.Process().ppid()), *lines[1:]]))
    assert answer_of(database) == 1
    assert psutil.Process().parent() is not None


def test_a_query_that_outlives_the_server_does_not_keep_it_from_starting(data, database):
    with contextlib.closing(DatabaseWrapper(database.settings_dict, alias="busy")) as busy:
        with busy.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (backend,) = cursor.fetchone()
        psutil.Process(backend).suspend()  # as one that computes and looks at nothing else
        kill(postmaster(data))
        assert answer_of(database) == 1
        assert not runs(backend)


def test_the_server_ends_at_once_with_its_last_user(new_folder):
    data = new_folder / "postgres"
    embedded_postgres.ensure_running(data)
    server = postmaster(data)
    released_at = time.monotonic()
    embedded_postgres.release(data)
    assert not runs(server)
    assert time.monotonic() - released_at < 5


def test_data_that_no_server_can_start_on_are_an_error_that_says_where_to_read_why(new_folder):
    data = new_folder / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("9.1\n")
    with pytest.raises(embedded_postgres.EmbeddedError, match=r"did not start on .*postgres\.log"):
        embedded_postgres.ensure_running(data)
    embedded_postgres.release(data)
