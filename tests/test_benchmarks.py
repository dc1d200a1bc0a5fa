"""The benchmarks of clicks, on data made here: what they measure is what they say."""

from itertools import islice

import numpy as np
import pytest

from annotate_kit.aggregation import Result, Votes
from benchmarks import clicks, estimates, pages, preferences, savings, thin_crowds, truth_from_votes, votes
from projects.models import Project
from tests.learner.conftest import numbers_from_one  # noqa: F401


@pytest.fixture
def clouds():
    """800 rows of two labels that a model tells apart well, not always."""
    rng = np.random.default_rng(1)
    y = (rng.random(800) < 0.3).astype(np.int64)
    X = rng.normal(size=(800, 6)).astype(np.float32)
    X[:, 0] += 2.5 * y
    return X, y


def test_a_draw_answers_items_that_no_model_has_learned_from(clouds, monkeypatch):
    X, y = clouds
    trained: list[np.ndarray] = []
    fit = estimates.fitted
    monkeypatch.setattr(estimates, "fitted", lambda X, y, rows: trained.append(rows) or fit(X, y, rows))
    draws = list(estimates.draw(X, y, np.random.default_rng(0)))
    assert [len(answered) for answered, _ in draws] == list(estimates.ANSWERED)
    assert not np.intersect1d(np.concatenate(trained), draws[-1][0]).size
    assert max(map(len, trained)) == estimates.TRAINED


def test_flipped_labels_are_those_that_are_doubted_first(clouds):
    X, y = clouds
    flipped, at_50, at_flipped, share = estimates.doubted(X, y, "logistic_regression", 0.1, np.random.default_rng(0))
    assert flipped == 80
    assert 0.6 < at_flipped <= at_50 <= 1
    assert 0.05 < share < 0.25


def people(n_items: int) -> votes.Crowd:
    """Six people have answered each item, right three times in four and more."""
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 3, n_items)
    item, annotator = np.divmod(np.arange(6 * n_items), 6)
    label = np.where(rng.random(len(item)) < 0.65, truth[item], rng.integers(0, 3, len(item)))
    return votes.Crowd(Votes(item, annotator, label, n_items, 6, 3), truth, seed=0)


@pytest.fixture
def crowd() -> votes.Crowd:
    return people(150)


def test_votes_come_in_a_random_order_each_once(crowd):
    assert len(crowd.first(np.full(150, 2))) == 300
    assert len(crowd.first(np.full(150, 9))) == 900
    clicks, accuracy = crowd.by_majority(3)
    assert clicks == 450 and 0.75 < accuracy < 1


def test_each_step_costs_a_few_clicks_more_until_nothing_is_left(crowd):
    steps = [next(walk) for walk in [votes.steps(crowd, None)] for _ in range(4)]
    clicks = [clicks for clicks, _ in steps]
    assert 150 < clicks[0] < 180
    assert np.diff(clicks).tolist() == [6, 6, 6]


def test_with_a_target_only_uncertain_items_are_asked_about_again(crowd):
    *_, (clicks, accuracy) = votes.steps(crowd, None, target=0.8)
    assert clicks < 800 and accuracy > 0.85


def test_a_model_that_knows_the_answers_makes_the_consensus_more_right():
    truth = people(600).truth
    X = np.eye(3)[truth] + np.random.default_rng(0).normal(scale=0.1, size=(600, 3))
    features = votes.Features(X.astype(np.float32), "logistic_regression")
    alone, together = (list(islice(votes.steps(people(600), seen), 9))[-1][1] for seen in (None, features))
    assert together > alone


@pytest.fixture
def islands(monkeypatch) -> None:
    """The set `islands`: 300 records of two labels, told apart by their vectors."""
    rng = np.random.default_rng(4)
    label = np.arange(300) % 2
    vectors = (rng.normal(size=(300, 4)) + 6 * label[:, np.newaxis]).astype(np.float32)
    rows = [{"data": {"row": row}, "gold": "ab"[value]} for row, value in enumerate(label.tolist())]
    monkeypatch.setitem(clicks.CASES, "islands", clicks.Case(lambda: clicks.Set(rows, vectors), 40))
    monkeypatch.setitem(pages.BATCHES, "islands", 40)


@pytest.mark.django_db
@pytest.mark.slow(reason="trains a model for each batch of answers")
def test_pages_save_clicks_and_who_overlooks_nothing_adds_no_error(islands):
    tally = pages.play("islands", 0, overlooked=0.0, tiles=24)
    assert (tally.items, tally.wrong, tally.dropped) == (300, 0, 0)
    assert tally.clicks == tally.singles + tally.pages + tally.relabelled < 150
    assert tally.pages >= 5
    assert not Project.objects.exists()


def test_what_random_order_needs_is_told_beside_the_truth(clouds):
    X, y = clouds
    counts, errors = savings.random_curve(X, y)
    assert (np.diff(errors) <= 0).all() and savings.labels_at(counts, errors, errors[3]) == pytest.approx(counts[3])
    error, estimate = savings.one_project(X, y, np.random.default_rng(0), 150, 60)
    assert 0.02 < error < 0.3
    assert estimate is not None and (estimate.low or estimate.limit) <= (estimate.high or estimate.limit)


def test_the_table_of_stopping_says_what_later_labels_brought(clouds):
    X, y = clouds
    labels, gained = savings.stopped(X, y, 0, 500) or (0, 1.0)
    assert 250 <= labels <= 500 and abs(gained) < 0.1


@pytest.fixture
def thin():
    """Three draws of each size from one crowd."""
    crowd = people(320)
    return thin_crowds.thinned("people", (crowd.votes, crowd.truth), draws=3)


def test_what_auto_gains_on_a_thin_crowd_is_what_it_gains_on_ties_and_elsewhere(thin):
    for crowd in thin:
        parts = [crowd.gain(crowd.auto_on(items)) for items in (crowd.tied, ~crowd.tied)]
        assert sum(parts) == pytest.approx(crowd.gain(crowd.result))
    assert any(crowd.gain(crowd.auto_on(crowd.tied)) for crowd in thin)


def test_a_lot_decides_the_majorities_that_tie_and_no_others(thin):
    crowd = thin[0]
    winners = crowd.by_lot().beliefs
    assert (winners.sum(axis=1) == 1).all()
    assert (crowd.votes.tally[winners == 1] == crowd.votes.tally.max(axis=1)).all()


def test_the_worst_case_is_the_one_of_the_lowest_mean_not_of_the_lowest_draw(thin):
    gains = np.zeros((6, 3))
    gains[1], gains[4] = [-0.3, 0.2, 0.1], [-0.1, -0.2, -0.15]
    figure, crowd = thin_crowds.worst_case(thin, gains.ravel(), draws=3)
    assert (figure, crowd.size) == ("-0.150 ± 0.029", "300 × 2")


def test_right_probabilities_have_the_calibration_error_of_chance_and_overconfident_ones_more():
    rng = np.random.default_rng(4)
    right = rng.dirichlet(np.full(3, 0.5), 300)
    truth = np.where(np.arange(300) < 250, [rng.choice(3, p=row) for row in right], -1)
    too_sure = right**3 / (right**3).sum(axis=1, keepdims=True)
    for probabilities, expected in ((right, False), (too_sure, True)):
        result = Result(probabilities, np.ones(1))
        above = np.quantile(truth_from_votes.errors_by_chance(result, truth), 0.95)
        assert (truth_from_votes.calibration_error(result, truth) > above) == expected
        assert above > 0.02


def test_simulated_preferences_for_longer_texts_are_learned_in_either_order(monkeypatch):
    monkeypatch.setattr(preferences, "POOL", 60)
    monkeypatch.setattr(preferences, "TEST", 40)
    monkeypatch.setattr(preferences, "LABELS", (20, 40))
    rows = [{"text": "tea " * (1 + number**2 % 97)} for number in range(200)]
    for by_score in (True, False):
        shares = preferences.learned(rows, preferences.length, by_score, seed=0)
        assert len(shares) == 2
        assert min(shares) > 0.8
