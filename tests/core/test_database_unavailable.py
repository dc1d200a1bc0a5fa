"""The database restarts under somebody's hands."""

import logging

import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError, connection, transaction
from django.db.backends.postgresql.base import DatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import handler400, handler404, handler500  # noqa: F401  Django looks for them here
from core.postgres.availability import is_unavailable


def lose_the_connection(request: HttpRequest) -> HttpResponse:
    """What the server does to every connection when it is told to restart."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    return HttpResponse("not reached")


urlpatterns = [path("api/lost/", lose_the_connection), path("lost/", lose_the_connection)]


@pytest.fixture
def console(caplog):
    """What the handler of the product writes."""
    (handler,) = [handler for handler in logging.getLogger().handlers if handler.filters]
    caplog.handler.addFilter(handler.filters[0])
    yield caplog
    caplog.handler.removeFilter(handler.filters[0])


@pytest.fixture
def no_database(monkeypatch, client, mona):
    """Each connection ends, and no new one can be had."""

    def refuse(self, params):
        import psycopg2

        raise psycopg2.OperationalError("the database system is starting up")

    client.force_login(mona)
    monkeypatch.setattr(DatabaseWrapper, "get_new_connection", refuse)
    connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["/", "/api/projects/", "/projects/1/", "/account/", "/admin/", "/items/1/image/"])
def test_a_restart_of_the_database_is_answered_with_try_again_and_is_one_line(no_database, client, console, address):
    answer = client.get(address)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert len(console.text.splitlines()) == 1, console.text
    assert address in console.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls("tests.core.test_database_unavailable")
@pytest.mark.parametrize("address", ["/lost/", "/api/lost/"])
def test_a_connection_that_is_lost_in_the_middle_is_answered_likewise(client, console, address):
    answer = client.get(address)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert len(console.text.splitlines()) == 1, console.text
    connection.close()  # as at the end of a request


def raised_by(statement: str) -> Exception:
    with pytest.raises(Exception) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return caught.value


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)", OperationalError),
        ("SELECT no_such_column", ProgrammingError),
        ("SELECT 1 / 0", Exception),
    ],
)
def test_a_statement_that_is_refused_is_a_fault_of_ours(db, statement, kind):
    error = raised_by(statement)
    assert isinstance(error, kind)
    assert not is_unavailable(error)


def test_a_closed_cursor_is_a_fault_of_ours(db):
    with pytest.raises(InterfaceError) as caught:
        with connection.cursor() as cursor:
            pass
        cursor.execute("SELECT 1")
    assert not is_unavailable(caught.value)
