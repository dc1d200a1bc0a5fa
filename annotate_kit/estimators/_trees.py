"""scikit-learn's boosted trees, on one processor."""

from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits


class BoostedTrees(HistGradientBoostingClassifier):
    """Where other processes are busy, its threads wait for each other longer than one alone would work."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "BoostedTrees":
        with threadpool_limits(1, "openmp"):
            super().fit(X, y, sample_weight=sample_weight)
        return self
