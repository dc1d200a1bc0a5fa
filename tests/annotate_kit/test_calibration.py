"""Probabilities are as sure as people who err together allow."""

import numpy as np
import pytest

from annotate_kit.aggregation import Votes, aggregate
from annotate_kit.aggregation._calibration import shared_errors, tempered

PEOPLE = 12


def crowd(seed, hard_share, n_items=600):
    """Everybody votes on everything; on hard items all but see the same wrong label."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n_items)
    seen = np.where(rng.random(n_items) < hard_share, (truth + 1) % 3, truth)
    right = rng.random((n_items, PEOPLE)) < rng.uniform(0.6, 0.9, PEOPLE)
    label = np.where(right, seen[:, None], rng.integers(0, 3, right.shape))
    item, annotator = (axis.ravel() for axis in np.mgrid[:n_items, :PEOPLE])
    return Votes(item, annotator, label.ravel(), n_items, PEOPLE, 3), truth


def model_of(votes, probabilities):
    """(A, K said, K true) matrices of everybody under these probabilities."""
    counts = (votes.by_answer.T @ probabilities).reshape(-1, 3, 3) + 0.1
    return counts / counts.sum(axis=1, keepdims=True)


def test_independent_errors_are_not_shared():
    votes, truth = crowd(0, hard_share=0.0)
    probabilities = np.eye(3)[truth]
    assert shared_errors(votes, probabilities, model_of(votes, probabilities)) == pytest.approx(0.0, abs=0.01)


def test_errors_that_all_make_on_hard_items_are_shared():
    votes, truth = crowd(0, hard_share=0.3)
    probabilities = np.eye(3)[truth]
    assert shared_errors(votes, probabilities, model_of(votes, probabilities)) > 0.1


def test_shared_errors_make_probabilities_less_sure_and_no_other_label_the_likeliest():
    votes, truth = crowd(0, hard_share=0.3)
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(3), votes.n_items)
    softer = tempered(votes, probabilities, model_of(votes, np.eye(3)[truth]))
    assert softer.sum(axis=1) == pytest.approx(1.0)
    assert (softer.argmax(axis=1) == probabilities.argmax(axis=1)).all()
    assert softer.max(axis=1).mean() < probabilities.max(axis=1).mean() - 0.1


def test_a_single_vote_each_leaves_probabilities_as_they_are():
    votes = Votes(np.arange(4), np.arange(4), np.array([0, 1, 0, 1]), 4, 4, 2)
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.5, 0.5]])
    assert tempered(votes, probabilities, np.full((4, 2, 2), 0.5)) == pytest.approx(probabilities)


def test_no_votes_do_no_harm():
    nothing = np.zeros(0, dtype=int)
    votes = Votes(nothing, nothing, nothing, 2, 1, 2)
    assert tempered(votes, np.full((2, 2), 0.5), np.full((1, 2, 2), 0.5)) == pytest.approx(np.full((2, 2), 0.5))


@pytest.mark.realdata
def test_auto_is_as_sure_as_it_is_right_where_a_dozen_people_see_the_same_hard_trees(shared_data):
    from tests.annotate_kit.test_dependence import real_crowd

    for name, error in (("cifar100_mammals", 0.09), ("cifar100_trees", 0.19), ("weather_amt", 0.07)):
        votes, truth = real_crowd(shared_data / name)
        result = aggregate(votes)
        known = truth >= 0
        sure, right = result.beliefs.max(axis=1)[known].mean(), (result.labels() == truth)[known].mean()
        assert abs(sure - right) < error, name
