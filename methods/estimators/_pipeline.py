"""Preparing features and learning from them in one estimator."""

from typing import Any

from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline


class Weighted(Pipeline):
    """A pipeline whose `fit` takes weights, for its last step. scikit-learn's own wants them under that step's name."""

    def fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> "Weighted":
        return super().fit(X, y, **{f"{self.steps[-1][0]}__sample_weight": sample_weight})
