"""A model as one more annotator."""

import numpy as np
import pytest

from annotate_kit.model_vote import SAYINGS, combined, gain, measured, sayings


def crowd(model_right: float, seed: int = 0, n: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The truth of n items, what people believe of each (70 % right), and what the model says."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, n)
    answer = np.where(rng.random(n) < 0.7, truth, 1 - truth)
    label = np.where(rng.random(n) < model_right, truth, 1 - truth)
    return truth, np.where(np.arange(2) == answer[:, None], 0.7, 0.3), sayings(label, np.full(n, 0.8))


def weighed(posterior: np.ndarray, saying: np.ndarray) -> np.ndarray:
    table = measured(posterior, saying)
    return combined(posterior, saying, table.counts, table.shares)


def right(probabilities: np.ndarray, truth: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == truth).mean())


def test_a_saying_is_a_label_and_how_sure_the_model_is_of_it():
    assert sayings([0, 0, 1, -1], [0.5, 0.95, 0.6, 0.9]).tolist() == [0, 2, SAYINGS + 1, -1]


def test_people_and_a_good_model_are_right_more_often_than_people():
    truth, posterior, saying = crowd(model_right=0.95)
    together = weighed(posterior, saying)
    assert right(together, truth) > right(posterior, truth) + 0.15


@pytest.mark.parametrize("seed", range(5))
def test_a_model_that_knows_nothing_changes_no_answer(seed):
    _, posterior, saying = crowd(model_right=0.5, seed=seed)
    together = weighed(posterior, saying)
    assert (together.argmax(axis=1) == posterior.argmax(axis=1)).all()
    assert together == pytest.approx(posterior, abs=0.1)


def test_a_model_that_always_says_the_same_weighs_nothing():
    _, posterior, saying = crowd(model_right=0.9)
    saying[:] = 1
    together = weighed(posterior, saying)
    assert together == pytest.approx(posterior, abs=0.002)


def test_a_model_that_says_nothing_of_an_item_leaves_it_as_it_is():
    _, posterior, saying = crowd(model_right=0.95)
    table = measured(posterior, saying).counts
    saying[:10] = -1
    together = combined(posterior, saying, table)
    assert (together[:10] == posterior[:10]).all()
    assert (together[10:] != posterior[10:]).any()


def test_what_is_known_for_certain_stays():
    known = np.array([[1.0, 0.0]])
    table = np.zeros((2, 2 * SAYINGS))
    table[0, 1], table[1, SAYINGS + 1] = 100, 100
    assert combined(known, sayings([1], [0.8]), table).tolist() == [[1.0, 0.0]]


def test_little_evidence_weighs_little():
    posterior = np.array([[0.7, 0.3]])
    few, many = np.zeros((2, 2 * SAYINGS)), np.zeros((2, 2 * SAYINGS))
    few[[0, 1], [1, SAYINGS + 1]], many[[0, 1], [1, SAYINGS + 1]] = 2, 200
    little, much = (combined(posterior, sayings([1], [0.8]), table)[0, 1] for table in (few, many))
    assert 0.3 < little < 0.5 < much


@pytest.mark.parametrize(("model_right", "is_sure"), [(0.9, True), (0.5, False)])
def test_cross_validation_says_whether_the_model_helps_few_votes(model_right, is_sure):
    truth, few, saying = crowd(model_right)
    rng = np.random.default_rng(1)
    answer = np.where(rng.random(len(truth)) < 0.85, truth, 1 - truth)
    others = np.where(np.arange(2) == answer[:, None], 0.85, 0.15)
    assert gain(few, others, np.full(2, 0.5), saying, rng).is_sure is is_sure
