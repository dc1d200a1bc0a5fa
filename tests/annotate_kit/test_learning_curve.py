"""What more labels bring is foreseen within the interval, and nothing is said where nobody can tell."""

import numpy as np
import pytest

from annotate_kit.learning_curve import forecast

CURVES = {
    "flat": lambda n: 0.2 + 0 * n,
    "power": lambda n: 1.5 * n**-0.5,
    "power above a floor": lambda n: 0.1 + 2 * n**-0.7,
    "slow": lambda n: 0.8 * n**-0.2,
}
TESTED, MORE = 100, 100


def drawn(error, points, rng, *, together):
    """Labels and scores on 100 items; `together`: the same items, each right as long as it is easy enough."""
    labels = 50.0 * np.arange(1, points + 1)
    if together:
        ease = rng.random(TESTED)
        ease = np.clip(ease + rng.normal(0, 0.05, (points, TESTED)), 0, 1)
        return labels, (ease > error(labels)[:, np.newaxis]).mean(axis=1)
    return labels, rng.binomial(TESTED, 1 - error(labels)) / TESTED


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("points", [5, 12])
@pytest.mark.parametrize("name", CURVES)
def test_the_interval_holds_what_more_labels_bring(name, points, together):
    error, rng, holds = CURVES[name], np.random.default_rng(points), []
    for _ in range(60):
        labels, scores = drawn(error, points, rng, together=together)
        expected = forecast(labels, scores, [TESTED] * points, MORE)
        if expected is not None:
            gain = error(labels[-1]) - error(labels[-1] + MORE)
            holds.append(expected.low <= gain <= expected.high)
    assert len(holds) >= 45
    assert np.mean(holds) >= 0.85


def test_a_curve_without_noise_is_followed():
    labels = 40 * np.arange(1, 11)
    error = CURVES["power above a floor"]
    expected = forecast(labels, 1 - error(labels), [1000] * 10, MORE)
    assert expected.labels == MORE
    assert expected.gain == pytest.approx(error(400) - error(500), abs=0.002)


def test_a_flat_curve_brings_nothing():
    expected = forecast([100, 200, 300, 400, 500, 600], [0.9, 0.9, 0.9, 0.9, 0.9, 0.9], [200] * 6, MORE)
    assert abs(expected.gain) < 0.002 and expected.low <= 0 <= expected.high and expected.high < 0.02


@pytest.mark.parametrize(
    "scores",
    [
        [0.5, 0.6, 0.7, 0.75],  # four points
        [0.5, 0.7, 0.9, 0.7, 0.5, 0.7, 0.9],  # no such curve
        [0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6],  # it falls
        [0.2, 0.6, 0.55, 0.5, 0.62],
    ],
)
def test_nothing_is_said_of_few_points_and_of_others_than_learning_curves(scores):
    assert forecast([50 * place for place in range(1, len(scores) + 1)], scores, [300] * len(scores), MORE) is None


def test_nothing_is_said_where_the_interval_is_too_wide():
    assert forecast([20, 40, 60, 80, 100], [0.4, 0.7, 0.5, 0.75, 0.6], [20] * 5, MORE) is None
