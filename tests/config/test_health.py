"""For those who run the installation."""

import pytest
from django.core.cache import cache
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test import Client
from django_q.status import Stat

from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from config import health

ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


@pytest.fixture
def elsewhere() -> Client:
    """A client on another host."""
    return Client(**ELSEWHERE)


@pytest.fixture
def no_worker(monkeypatch):
    monkeypatch.setattr(Stat, "get_all", list)


@pytest.fixture
def one_worker(monkeypatch):
    monkeypatch.setattr(Stat, "get_all", lambda: ["a cluster"])


def test_the_process_says_that_it_lives(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_the_installation_is_ready_when_its_tables_are_up_to_date(client, db, one_worker):
    assert client.get("/readyz").json() == {"status": "ok", "workers": 1}


def test_who_watches_learns_that_no_worker_lives_and_people_label_on(client, db, no_worker):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["workers"]) == (200, 0)
    assert "manage.py worker" in answer.json()["detail"]


def test_tables_that_are_not_up_to_date_are_not_ready(client, db, monkeypatch):
    monkeypatch.setitem(health._tables, "are up to date", False)
    monkeypatch.setattr(health, "_waiting_migrations", lambda: 2)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (503, "2 migrations wait: manage.py migrate")


def test_tables_are_looked_at_until_they_are_up_to_date(client, db, monkeypatch, django_assert_num_queries, one_worker):
    monkeypatch.setitem(health._tables, "are up to date", False)
    client.get("/readyz")
    with django_assert_num_queries(1):
        client.get("/readyz")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_is_not_ready(client, elsewhere, monkeypatch):
    import psycopg2
    from django.db import connection

    def refuse(self, params):
        raise psycopg2.OperationalError("connection to server at 10.0.0.5 failed")

    connection.close()
    monkeypatch.setattr(DatabaseWrapper, "get_new_connection", refuse)
    answer = client.get("/readyz")
    assert (answer.status_code, "10.0.0.5" in answer.json()["detail"]) == (503, True)
    answer = elsewhere.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})


def test_others_learn_no_details(elsewhere, client, db, no_worker):
    assert elsewhere.get("/readyz").json() == {"status": "ok"}
    assert client.get("/readyz", headers={"X-Forwarded-For": "192.0.2.7"}).json() == {"status": "ok"}


def test_a_server_that_is_about_to_be_stopped_is_not_ready(client, db, settings, tmp_path):
    settings.DRAIN_FILE = str(tmp_path / "draining")
    assert client.get("/readyz").status_code == 200
    (tmp_path / "draining").touch()
    assert (client.get("/readyz").status_code, client.get("/healthz").status_code) == (503, 200)


def test_metrics_count_without_naming(client, reviews, ann, one_worker):
    submit(lease_next(reviews, ann), "positive")
    lease_next(reviews, ann)
    text = client.get("/metrics").content.decode()
    for line in ("items 10", "annotations 1", "leases 1", "queue_open 8", "projects 1", "workers 1"):
        assert f"\nannotate_{line}\n" in text
    assert text.count("# HELP") == text.count("# TYPE") == 8
    assert "Reviews" not in text and "ann " not in text


def test_metrics_are_counted_once_in_a_while(client, reviews, django_assert_num_queries):
    client.get("/metrics")
    reviews.delete()
    assert "annotate_items 10\n" in client.get("/metrics").content.decode()
    cache.clear()
    assert "annotate_items 0\n" in client.get("/metrics").content.decode()


@pytest.mark.parametrize(
    ("token", "sent", "status"),
    [("", "Bearer ", 401), ("", "", 401), ("s3cret", "Bearer s3cret", 200), ("s3cret", "Bearer S3cret", 401)],
)
def test_metrics_are_for_this_host_or_for_who_has_the_token(elsewhere, db, settings, token, sent, status):
    settings.METRICS_TOKEN = token
    assert elsewhere.get("/metrics", headers={"Authorization": sent}).status_code == status


@pytest.mark.parametrize(
    ("address", "status"), [("::1", 200), ("::ffff:127.0.0.1", 200), ("::ffff:192.0.2.7", 401), ("", 401)]
)
def test_this_host_is_known_by_its_loopback_address(client, db, address, status):
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == status


@pytest.mark.django_db
def test_every_answer_carries_the_strict_policy(client):
    policy = client.get("/healthz").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
