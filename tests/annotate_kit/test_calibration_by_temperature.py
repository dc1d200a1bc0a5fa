"""Probabilities made as sure as they are right."""

import numpy as np
import pytest

from annotate_kit.calibration import scaled, shifted, shifts, temperature


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


def test_a_label_that_is_wrong_more_often_than_is_believed_is_found_out():
    rng = np.random.default_rng(2)
    label, right = rng.integers(2, size=4000), rng.uniform(0.6, 0.95, 4000)
    is_right = rng.random(4000) < right
    believed = np.where(label == 1, shifted(right, 1.0), right)
    result = shifts(believed, label, is_right, 3)
    assert result == pytest.approx([0, -1, 0], abs=0.15)
    assert shifted(believed, result[label])[label == 1].mean() == pytest.approx(right[label == 1].mean(), abs=0.01)


def test_few_answers_move_a_label_little_and_weights_count_as_so_many_answers():
    wrong = np.zeros(2, dtype=bool)
    few = shifts(np.full(2, 0.9), [0, 0], wrong, 1)
    many = shifts(np.full(20, 0.9), [0] * 20, np.zeros(20, dtype=bool), 1)
    assert many[0] < few[0] < 0 and few[0] > -1
    assert shifts(np.full(2, 0.9), [0, 0], wrong, 1, [10, 10]) == many
