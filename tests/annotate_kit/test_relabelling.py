"""Which items deserve one more vote."""

import numpy as np
import pytest

from annotate_kit.relabelling import best_temperature, by_budget, by_target, combined

PRIOR = np.array([0.5, 0.5])


def test_the_least_certain_get_what_the_budget_leaves():
    confidence = np.array([0.9, 0.6, 0.8, 0.7])
    assert by_budget(confidence, np.ones(4, dtype=int), most=3, budget=1.5).tolist() == [1, 3]
    assert by_budget(confidence, np.array([1, 3, 1, 1]), most=3, budget=2).tolist() == [3, 2]
    assert by_budget(confidence, np.full(4, 3), most=5, budget=1.5).tolist() == []


def test_all_below_the_target_get_one_more_but_never_above_the_most():
    confidence = np.array([0.95, 0.6, 0.8, 0.7])
    assert by_target(confidence, np.array([1, 3, 1, 1]), most=3, target=0.9).tolist() == [3, 2]


def test_a_model_that_agrees_makes_certain_and_one_that_does_not_makes_doubt():
    crowd = np.array([[0.8, 0.2]] * 3)
    model = np.array([[0.9, 0.1], [0.1, 0.9], [np.nan, np.nan]])
    agree, disagree, silent = combined(crowd, model, PRIOR, 1.0)[:, 0]
    assert agree == pytest.approx(0.8 * 0.9 / (0.8 * 0.9 + 0.2 * 0.1))
    assert disagree < 0.5
    assert silent == pytest.approx(0.8)


def test_the_prior_counts_once():
    prior = np.array([0.9, 0.1])
    assert combined(prior[None], prior[None], prior, 1.0) == pytest.approx(prior[None])


def test_the_temperature_is_that_of_a_model_as_it_deserves():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 400)
    even = np.full((400, 2), 0.5)

    def believed(right: np.ndarray, sure: float) -> np.ndarray:
        label = np.where(right, truth, 1 - truth)
        return np.where(np.arange(2) == label[:, None], sure, 1 - sure)

    boastful = believed(rng.random(400) < 0.7, 0.99)
    assert best_temperature(even, boastful, PRIOR, truth) >= 5
    assert best_temperature(even, believed(rng.random(400) < 0.99, 0.8), PRIOR, truth) <= 0.5
    assert best_temperature(even, believed(rng.random(400) < 0.5, 0.9), PRIOR, truth) == np.inf
