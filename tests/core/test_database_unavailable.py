"""The database restarts under somebody's hands."""

import logging

import pytest
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper


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
