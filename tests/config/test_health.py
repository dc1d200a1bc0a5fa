"""For those who run the house."""

import pytest

from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit


def test_the_process_says_that_it_lives(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_the_house_is_ready_when_its_tables_are_up_to_date(client, db):
    assert client.get("/readyz").json() == {"status": "ok"}


def test_a_server_that_is_about_to_be_stopped_is_not_ready(client, db, settings, tmp_path):
    settings.DRAIN_FILE = str(tmp_path / "draining")
    assert client.get("/readyz").status_code == 200
    (tmp_path / "draining").touch()
    assert (client.get("/readyz").status_code, client.get("/healthz").status_code) == (503, 200)


def test_metrics_count_without_naming(client, reviews, ann):
    submit(lease_next(reviews, ann), "positive")
    lease_next(reviews, ann)
    text = client.get("/metrics").content.decode()
    assert "annotate_items 10\n" in text
    assert "annotate_annotations 1\n" in text
    assert "annotate_leases 1\n" in text
    assert "Reviews" not in text and "ann " not in text


@pytest.mark.django_db
def test_every_answer_carries_the_strict_policy(client):
    policy = client.get("/healthz").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
