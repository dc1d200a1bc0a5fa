"""Labels that are probably wrong are found, and their share is estimated."""

import csv

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from annotate_kit.confident_learning import Suspects, suspects


def doubted(X, y: np.ndarray, flipped: float, seed: int, **options) -> tuple[Suspects, np.ndarray]:
    """(the suspects, which labels were flipped) after so many labels were replaced by others at random."""
    rng = np.random.default_rng(seed)
    is_flipped = rng.random(len(y)) < flipped
    labels, K = y.copy(), int(y.max()) + 1
    labels[is_flipped] = (labels[is_flipped] + rng.integers(1, K, size=is_flipped.sum())) % K
    estimator = LogisticRegression(max_iter=300, **options)
    return suspects(labels, cross_val_predict(estimator, X, labels, cv=5, method="predict_proba")), is_flipped


def precision(result: Suspects, is_flipped: np.ndarray) -> float:
    """Of as many suspects as labels were flipped, how many were."""
    return float(is_flipped[result.order[: is_flipped.sum()]].mean())


@pytest.mark.parametrize("flipped", [0.05, 0.1])
def test_flipped_digits_are_found_and_counted(flipped):
    digits = load_digits()
    result, is_flipped = doubted(digits.data / 16, digits.target, flipped, seed=0)
    assert precision(result, is_flipped) >= 0.8
    assert result.share == pytest.approx(is_flipped.mean(), abs=0.03)
    assert is_flipped.mean() <= result.high < is_flipped.mean() + 0.15


@pytest.mark.realdata
@pytest.mark.parametrize("flipped", [0.05, 0.1])
def test_flipped_messages_are_found(shared_data, flipped):
    with (shared_data / "sms_spam/data.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    X = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2).fit_transform([row["text"] for row in rows])
    result, is_flipped = doubted(X, np.array([row["label"] == "spam" for row in rows], dtype=int), flipped, 0, C=10)
    assert precision(result, is_flipped) >= 0.8


def test_nothing_is_suspect_where_the_model_agrees():
    labels = np.array([0, 1] * 20)
    proba = np.where(labels[:, None] == np.arange(2), 0.9, 0.1)
    result = suspects(labels, proba)
    assert (len(result.order), result.share, result.low) == (0, 0, 0)
    assert result.high == pytest.approx(3 / 40)


def test_only_what_the_model_believes_as_surely_as_usual_counts_as_wrong():
    labels = np.array([0] * 10 + [1] * 10)
    proba = np.where(labels[:, None] == np.arange(2), 0.95, 0.05)
    proba[0] = [0.4, 0.6]  # rather the other label, but far less surely than usual
    proba[1] = [0.02, 0.98]
    result = suspects(labels, proba)
    assert result.order.tolist() == [1, 0]
    assert result.share == pytest.approx(0.5 * 1 / 9)
    assert result.low <= result.share <= 0.1 <= result.high


def test_no_items_are_no_suspects():
    assert suspects([], np.empty((0, 3))).share == 0
