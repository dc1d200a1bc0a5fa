"""Logistic regression whose strength is chosen by cross-validation."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

from annotate_kit.estimators._tuning import STRENGTHS, USUAL, Tuning, is_due, log_loss, out_of_fold

ITERATIONS = 300


class TunedRegression(ClassifierMixin, BaseEstimator):
    """Logistic regression with C by 5-fold log loss, chosen again whenever labels have grown by half.

    `tuning` holds what was chosen before, `tuning_` after `fit` what holds now.
    """

    def __init__(self, seed: int = 0, tuning: Tuning | None = None) -> None:
        self.seed, self.tuning = seed, tuning

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> "TunedRegression":
        self.classes_, codes = np.unique(np.asarray(y), return_inverse=True)
        weights = np.ones(len(codes)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        if is_due(self.tuning, len(codes)):
            self.tuning_ = {"n": float(len(codes)), "C": self._strength(X, codes, weights)}
        else:
            self.tuning_ = dict(self.tuning or {})
        model = LogisticRegression(C=self.tuning_["C"], max_iter=ITERATIONS).fit(X, codes, sample_weight=weights)
        # scikit-learn's own predict_proba copies what it gets; this is one product in the features' own precision.
        self.w_, self.b_ = np.ascontiguousarray(model.coef_.T, dtype=np.float32), model.intercept_.astype(np.float32)
        return self

    def _strength(self, X: Any, codes: NDArray[np.intp], weights: NDArray[np.float64]) -> float:
        n_labels = len(self.classes_)

        def predict(train: NDArray[np.intp], test: NDArray[np.intp]) -> list[NDArray[np.float64]]:
            return list(_path(X, codes, weights, train, test, n_labels))

        outcome = out_of_fold(codes, len(STRENGTHS), predict, self.seed)
        if outcome is None:
            return USUAL
        proba, truth = outcome
        return STRENGTHS[int(np.argmin([log_loss(each, truth) for each in proba]))]

    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        scores = np.asarray(X @ self.w_) + self.b_
        if scores.shape[1] == 1:
            scores = np.hstack([np.zeros_like(scores), scores])
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        return scores / scores.sum(axis=1, keepdims=True)


def _path(
    X: Any,
    codes: NDArray[np.intp],
    weights: NDArray[np.float64],
    train: NDArray[np.intp],
    test: NDArray[np.intp],
    n_labels: int,
) -> Iterator[NDArray[np.float64]]:
    """(test, n_labels) of a model of the rows `train` by each of the strengths; each starts from the one before."""
    X_train, y_train, X_test = X[train], codes[train], X[test]
    model = LogisticRegression(max_iter=100, warm_start=True)
    for strength in STRENGTHS:
        model.set_params(C=strength).fit(X_train, y_train, sample_weight=weights[train])
        proba = np.zeros((len(test), n_labels))
        proba[:, model.classes_] = model.predict_proba(X_test)
        yield proba
