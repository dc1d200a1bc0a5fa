"""Preparing features, and learning from them, in one estimator."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

FAR = 30  # times the standard deviation


class SeenColumns(TransformerMixin, BaseEstimator):
    """Keep the columns of a CSR matrix that anything was hashed to: some thousand of 2**18, and fitting is as quick."""

    def fit(self, X: Any, y: Any = None) -> "SeenColumns":
        seen = np.flatnonzero(X.getnnz(axis=0))
        self.columns_ = seen if len(seen) else np.zeros(1, dtype=int)
        return self

    def transform(self, X: Any) -> Any:
        return X[:, self.columns_]


class UnitRows(TransformerMixin, BaseEstimator):
    """Divide all numbers by one, so that rows have length 1 in the root mean square.

    One strength of regularisation then fits 64 pixels, 384 numbers of an embedding and a thousand words alike, and
    what rows tell by their length is kept.
    """

    def fit(self, X: Any, y: Any = None) -> "UnitRows":
        squares = X.multiply(X).sum() if hasattr(X, "multiply") else np.square(X).sum()
        self.length_ = float(np.sqrt(squares / X.shape[0])) or 1.0
        return self

    def transform(self, X: Any) -> Any:
        return X * (1 / self.length_)


class Weighted(Pipeline):
    """A pipeline whose `fit` takes weights, for its last step. scikit-learn's own wants them under that step's name."""

    def fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> "Weighted":
        return super().fit(X, y, **{f"{self.steps[-1][0]}__sample_weight": sample_weight})


class Linear(Weighted):
    """A linear estimator behind its preparation: both steps of it fold into the weights, and predicting is one product.

    scikit-learn's own `predict_proba` copies all features once a step, which takes longer than the product.
    """

    def fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> "Linear":
        """Fit, and keep w and b with which X w + b is what the estimator makes of the prepared X."""
        super().fit(X, y, sample_weight)
        columns, rows, linear = (step for _, step in self.steps)
        w, b, centre = linear.coef_.T / rows.length_, linear.intercept_, None
        if isinstance(columns, StandardScaler):
            w /= columns.scale_[:, np.newaxis]
            # What lies far off its own spread would drown in 24 bits: that is centred first, as scikit-learn does it.
            if np.any(np.abs(columns.mean_) > FAR * columns.scale_):
                centre = columns.mean_.astype(np.float32)
            else:
                b = b - columns.mean_ @ w
        self.centre_, self.b_ = centre, b.astype(np.float32)
        self.w_ = np.ascontiguousarray(w, dtype=np.float32)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        """(n, len(classes_)): in float32, as the features are."""
        columns, _, linear = (step for _, step in self.steps)
        if isinstance(columns, SeenColumns):
            X = columns.transform(X)
        scores = np.asarray((X if self.centre_ is None else X - self.centre_) @ self.w_)
        scores += self.b_
        if scores.shape[1] == 1:
            scores = np.hstack([-scores, scores])
            return np.exp(_log_sigmoid(scores), out=scores)
        return _softmax(scores if isinstance(linear, LogisticRegression) else _log_sigmoid(scores))


def _log_sigmoid(scores: NDArray[np.floating]) -> NDArray[np.floating]:
    """The logarithm of 1 / (1 + exp(-scores)): of label against rest. It never overflows."""
    return np.minimum(scores, 0) - np.log1p(np.exp(-np.abs(scores)))


def _softmax(scores: NDArray[np.floating]) -> NDArray[np.floating]:
    """exp(scores), each row divided by its sum; in place."""
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def prepared(estimator: BaseEstimator, *, sparse: bool) -> Linear:
    """A linear `estimator` behind what it needs: standardised columns, or of hashed ones those that occur at all."""
    columns = SeenColumns() if sparse else StandardScaler()
    return Linear([("columns", columns), ("rows", UnitRows()), ("estimator", estimator)])
