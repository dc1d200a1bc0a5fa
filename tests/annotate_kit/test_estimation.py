"""Shares of labels with intervals that hold what they promise."""

import numpy as np
import pytest

from annotate_kit.estimation import classical, prediction_powered


def draws(n, share, quality, size=5000, times=500):
    """(truth, [(y, f, f_all), …]): a population with a model of that quality, and random items of it."""
    rng = np.random.default_rng(n)
    y = (rng.random(size) < share).astype(float)
    f = np.clip(quality * y + (1 - quality) * rng.random(size), 0, 1)
    for _ in range(times):
        known = rng.permutation(size)
        yield y.mean(), y[known[:n]], f[known[:n]], f[known[n:]]


@pytest.mark.parametrize("n", [50, 150, 500])
@pytest.mark.parametrize(("share", "quality"), [(0.5, 0.8), (0.13, 0.6), (0.05, 0.9), (0.3, 0.0)])
def test_the_interval_holds_the_truth_as_often_as_it_says(n, share, quality):
    held = [
        interval.low <= truth <= interval.high
        for truth, y, f, f_all in draws(n, share, quality)
        for interval in [prediction_powered(y, f, f_all)]
    ]
    assert np.mean(held) >= 0.93


def test_a_good_model_makes_the_interval_much_narrower_and_a_bad_one_no_wider():
    for quality, most in [(0.9, 0.5), (0.0, 1.05)]:
        widths = []
        for _, y, f, f_all in draws(200, 0.4, quality, times=20):
            powered, plain = prediction_powered(y, f, f_all), classical(y)
            widths.append((powered.high - powered.low) / (plain.high - plain.low))
        assert np.mean(widths) < most


def test_few_items_that_agree_do_not_prove_that_all_do():
    interval = classical(np.zeros(50))
    assert (interval.share, interval.low) == (0, 0)
    assert 0.03 < interval.high < 0.05


def test_predictions_that_are_all_the_same_change_nothing():
    y = np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    assert prediction_powered(y, np.full(5, 0.3), np.full(90, 0.3)) == classical(y)
    assert prediction_powered(y, y, []) == classical(y)


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match="y must be two numbers or more"):
        classical([1.0])
    with pytest.raises(ValueError, match="y and f belong to the same items, there are 3 and 2"):
        prediction_powered([0, 1, 1], [0, 1], [0.5])
