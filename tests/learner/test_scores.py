"""Scores come with how sure we are of them."""

import numpy as np
import pytest

from learner.evaluation.scores import cross_validated, score, wilson


def test_wilsons_interval_is_the_published_one():
    assert wilson(0.8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # 8 of 10: Newcombe 1998's formula
    assert wilson(1, 20)[1] == 1
    assert wilson(0, 20)[0] == 0


def test_the_interval_narrows_with_more_items():
    widths = [high - low for low, high in (wilson(0.9, n) for n in (10, 100, 1000))]
    assert widths[0] > 2 * widths[1] > 4 * widths[2]


def test_a_score_is_the_share_of_right_answers():
    proba = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.1, 0.9]])
    result = score(proba, np.array([0, 1, 1, 1]))
    assert result and result.value == 0.75
    assert result.low < 0.75 < result.high


def test_with_several_labels_an_item_each_label_counts():
    result = score(np.array([[0.9, 0.9, 0.1, 0.1]]), np.array([[1, 0, 0, 0]]))
    assert result and result.value == 0.75


def test_without_items_there_is_no_score():
    assert score(np.empty((0, 2)), np.empty(0, dtype=int)) is None


def nearest(X, answers):
    """Learns by heart: the answer of the nearest number."""

    def fit(rows):
        def predict(numbers):
            return np.eye(answers.max() + 1)[answers[rows][np.abs(numbers - X[rows].T).argmin(axis=1)]]

        return predict

    return fit


@pytest.mark.parametrize("n", [12, 300, 5000])
def test_cross_validation_asks_about_items_that_were_left_out(n):
    X = np.arange(n, dtype=float)[:, None]
    sorted_answers = (X[:, 0] >= n / 2).astype(int)
    learnt = cross_validated(X, sorted_answers, nearest(X, sorted_answers), np.random.default_rng(0))
    assert learnt and learnt > 0.9
    random_answers = np.random.default_rng(1).integers(0, 2, n)
    guessed = cross_validated(X, random_answers, nearest(X, random_answers), np.random.default_rng(0))
    assert guessed and guessed < 0.75


@pytest.mark.parametrize("answers", [[0, 0, 0, 1], [0], [0, 0, 0]])
def test_too_few_answers_to_leave_any_out_have_no_score(answers):
    answers = np.array(answers)
    X = np.arange(len(answers), dtype=float)[:, None]
    assert cross_validated(X, answers, nearest(X, answers), np.random.default_rng(0)) is None
