"""Rounds of ratings: learned from features by ridge regression, and ordered by how unsure the number is."""

import numpy as np
import pytest

from annotate.models import Suggestion
from learner.exploration import in_test_share
from learner.models import FEWEST_TEST_ITEMS, Round
from projects.models import Project
from tests.learner.conftest import add_records, published_order, run_round


def rated(n: int) -> list[dict]:
    """Essays whose rating follows from how long they are and how many mistakes they have."""
    rng = np.random.default_rng(5)
    pages, mistakes = rng.uniform(1, 9, n).round(2), rng.integers(0, 20, n)
    ratings = np.clip(3 + 0.4 * (pages - 5) - 0.12 * (mistakes - 10) + rng.normal(0, 0.2, n), 1, 5).round(2)
    return [
        {"data": {"pages": p, "mistakes": m}, "gold": r}
        for p, m, r in zip(pages.tolist(), mistakes.tolist(), ratings.tolist(), strict=True)
    ]


@pytest.fixture
def essays(make_project) -> Project:
    project = make_project(
        labels=(), task_type="rating", features="table", retrain_every=0, explore=0.3, show_suggestions="shown"
    )
    add_records(project, rated(160))
    return project


def test_a_round_learns_ratings_scores_them_and_suggests_them_with_intervals(essays, ann, answer):
    answer(essays, ann, 110)
    done = run_round(essays)
    assert (done.status, done.reason) == (Round.Status.FINISHED, "")
    assert done.n_test >= FEWEST_TEST_ITEMS
    assert 0.8 < done.score_low <= done.score <= done.score_high < 1
    assert done.cv_score > 0.8
    suggestions = Suggestion.objects.filter(project=essays, model="numbers").select_related("item")
    errors = [abs(suggestion.value - suggestion.item.gold) for suggestion in suggestions]
    assert np.mean(errors) < 0.6, "they are asked first because they are uncertain"
    (part,) = suggestions[0].parts
    assert 1 <= part["low"] <= part["number"] == suggestions[0].value <= part["high"] <= 5
    served_at_random = in_test_share(essays.pk, np.array([row.item_id for row in suggestions]), 0.3)
    assert not served_at_random.any()


def test_until_people_have_rated_differently_the_order_is_that_of_the_features(essays, ann, answer):
    answer(essays, ann, 3, value=lambda item: 4)
    done = run_round(essays)
    assert done.status == Round.Status.FINISHED
    assert (
        done.reason == "needs at least two different numbers to learn from, outside the share that is kept for testing"
    )
    assert len(published_order(essays)) > 100


def test_the_page_of_the_model_calls_the_score_a_correlation(essays, ann, mona, answer, client):
    answer(essays, ann, 110)
    run_round(essays)
    client.force_login(mona)
    assert "Correlation of rating" in client.get(f"/projects/{essays.pk}/rounds/").content.decode()
