"""Probabilities made as sure as they are right."""

import numpy as np
import pytest

from annotate_kit.calibration import scaled, temperature


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_a_model_that_is_too_sure_or_too_shy_is_found_out(factor):
    rng = np.random.default_rng(0)
    logits = 2 * rng.normal(size=(4000, 4))
    honest = softmax(logits)
    answers = (honest.cumsum(axis=1) > rng.random((4000, 1))).argmax(axis=1)
    assert temperature(softmax(factor * logits), answers) == pytest.approx(factor, rel=0.15)


def test_a_few_right_answers_do_not_make_a_model_certain():
    proba = np.full((10, 2), [0.9, 0.1])
    answers = np.zeros(10, dtype=int)
    assert scaled(proba, temperature(proba, answers))[0, 0] < 0.95


def test_the_order_of_the_labels_stays():
    proba = softmax(np.random.default_rng(1).normal(size=(50, 5)))
    assert (scaled(proba, 3.0).argsort(axis=1) == proba.argsort(axis=1)).all()
    np.testing.assert_allclose(scaled(proba, 3.0).sum(axis=1), 1)


def test_nothing_is_changed_without_answers():
    assert temperature(np.empty((0, 3)), []) == 1
