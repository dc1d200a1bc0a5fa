"""The benchmarks of clicks, on data made here: what they measure is what they say."""

import numpy as np
import pytest

from benchmarks import estimates


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
