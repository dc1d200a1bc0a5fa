"""Shares of labels over the whole project: by REST, as a page, as a table."""

import csv
import io
from collections.abc import Callable

import numpy as np
import pytest
from rest_framework.test import APIClient

from learner import features, predictions
from learner.evaluation import estimates
from learner.exploration import in_test_share
from learner.features import representing
from learner.pipeline import learnt
from projects.models import Project
from tests import lasting
from tests.learner.conftest import add_records, finished_round

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST
RARE = 0.2


@pytest.fixture
def comments(make_project) -> Project:
    return of_comments(make_project)


def of_comments(make_project: Callable[..., Project]) -> Project:
    """400 records, a fifth of them spam, in two languages; half of all are served at random."""
    project = make_project(
        labels=("ham", "spam"), retrain_every=0, explore=0.5, features="given_vectors", estimator="joint_text"
    )
    rng = np.random.default_rng(0)
    spam = rng.random(400) < RARE
    add_records(
        project,
        [
            {
                "data": {"row": row},
                "gold": ["ham", "spam"][int(is_spam)],
                "meta": {"language": "de" if row % 4 else "en"},
            }
            for row, is_spam in enumerate(spam)
        ],
    )
    vectors = rng.normal(size=(400, 5)) + 2 * np.outer(spam, np.ones(5))
    features.store_vectors(project, [f"item-{row}" for row in range(1, 401)], vectors)
    return project


@pytest.fixture(scope="module")
def answered(make_project, ann, answer) -> Project:
    comments = of_comments(make_project)
    answer(comments, ann, 150)
    finished_round(comments)
    return comments


def test_the_share_of_each_label_is_estimated_with_an_interval(answered):
    report = estimates.of(answered)
    truth = answered.items.filter(gold="spam").count() / 400
    ham, spam = report.whole.shares
    assert (report.lacking, report.whole.n_items, ham.label, spam.label) == ("", 400, "ham", "spam")
    assert spam.estimate.low <= truth <= spam.estimate.high
    assert ham.estimate.share + spam.estimate.share == pytest.approx(1, abs=0.01)
    assert spam.estimate.high - spam.estimate.low < spam.classical.high - spam.classical.low


def test_predictions_are_kept_of_every_item_and_of_the_last_round_only(answered, ann, answer):
    first = predictions.newest(answered)
    assert first.items.tolist() == sorted(answered.items.values_list("pk", flat=True))
    assert first.proba.astype(float).sum(axis=1) == pytest.approx(1, abs=0.01)
    answer(answered, ann, 20)
    last = finished_round(answered)
    assert predictions.newest(answered).round_id == last.pk != first.round_id


def test_in_a_large_project_the_quick_model_predicts_every_item(comments, ann, answer, monkeypatch):
    monkeypatch.setattr(representing, "MOST_KEPT", 100)
    monkeypatch.setattr(learnt, "ORDER_LENGTH", 60)
    answer(comments, ann, 150)
    finished_round(comments)
    assert len(predictions.newest(comments).items) == 400
    assert estimates.of(comments).whole.n_items == 400


def test_only_items_served_at_random_count_as_known(answered):
    items = np.array(answered.items.values_list("pk", flat=True))
    labelled = set(answered.annotations.values_list("item", flat=True))
    random = set(items[in_test_share(answered.pk, items, 0.5)])
    assert estimates.of(answered).whole.n_random == len(labelled & random)


def test_each_value_of_a_meta_column_has_shares_of_its_own(answered):
    report = estimates.of(answered, "language")
    assert [(part.value, part.n_items) for part in report.slices] == [("de", 300), ("en", 100)]
    assert estimates.columns(answered) == ["language"]
    assert estimates.of(answered, "nothing").slices == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"explore": 0.0}, "no items are served at random"), ({}, "no round has predicted these labels yet")],
)
def test_what_lacks_is_said(comments, change, reason):
    for name, value in change.items():
        setattr(comments, name, value)
    comments.save()
    assert estimates.of(comments).lacking.startswith(reason)


def test_before_twenty_random_items_it_is_too_early(comments, ann, answer):
    answer(comments, ann, 25)
    finished_round(comments)
    assert estimates.of(comments).lacking.startswith("too early: ")


def test_a_reviewer_reads_them_by_rest(answered, rita):
    client = APIClient()
    client.force_authenticate(rita)
    report = client.get(f"/api/projects/{answered.pk}/estimates/?by=language").json()
    assert report["whole"]["shares"][1]["label"] == "spam"
    assert report["slices"][0]["value"] == "de"
    assert set(report["whole"]["shares"][0]["estimate"]) == {"share", "low", "high"}


def test_a_reviewer_sees_them_on_a_page_and_takes_them_along(client, answered, rita):
    client.force_login(rita)
    shown = client.get(f"/projects/{answered.pk}/estimates/?by=language").content.decode()
    assert "Shares of the labels" in shown
    assert "300 items" in shown
    table = client.get(f"/projects/{answered.pk}/estimates/shares.csv?by=language").content.decode()
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [(row["value"], row["label"]) for row in rows] == [
        ("", "ham"),
        ("", "spam"),
        ("de", "ham"),
        ("de", "spam"),
        ("en", "ham"),
        ("en", "spam"),
    ]
    assert all(float(row["low"]) <= float(row["share"]) <= float(row["high"]) for row in rows)


def test_the_page_says_why_there_is_nothing_yet(client, comments, rita):
    client.force_login(rita)
    shown = client.get(f"/projects/{comments.pk}/estimates/").content.decode()
    assert "No round has predicted these labels yet." in shown
