"""Preparing features, and learning from them, in one estimator."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler


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


def prepared(estimator: BaseEstimator, *, sparse: bool) -> Weighted:
    """`estimator` behind what linear models need: standardised columns, or of hashed ones those that occur at all."""
    columns = SeenColumns() if sparse else StandardScaler()
    return Weighted([("columns", columns), ("rows", UnitRows()), ("estimator", estimator)])
