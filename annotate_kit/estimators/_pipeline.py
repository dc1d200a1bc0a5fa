"""Preparing features, and learning from them, in one estimator."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

DIRECTIONS = 100
FREQUENT = 500
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


class Directions(TransformerMixin, BaseEstimator):
    """A hundred dense columns in place of a CSR matrix: its main directions, for estimators that want few."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> "Directions":
        from annotate_kit.geometry.projection import directions

        axes = directions(X, DIRECTIONS, np.random.default_rng(self.seed))
        self.axes_ = axes if axes.shape[1] else np.zeros((X.shape[1], 1), dtype=np.float32)
        return self

    def transform(self, X: Any) -> Any:
        return np.asarray(X @ self.axes_, dtype=np.float32)


class FrequentColumns(TransformerMixin, BaseEstimator):
    """The columns of a CSR matrix that most rows use, as a dense array: for trees, which ask about one at a time."""

    def fit(self, X: Any, y: Any = None) -> "FrequentColumns":
        used = X.getnnz(axis=0)
        best = np.argsort(-used, kind="stable")[:FREQUENT]
        self.columns_ = np.sort(best[used[best] > 0]) if used.any() else best[:1]
        return self

    def transform(self, X: Any) -> Any:
        return X[:, self.columns_].toarray()


class Calibrated(ClassifierMixin, BaseEstimator):
    """An estimator whose decisions or too sure probabilities are made fit to be believed, out of fold where it can be.

    With fewer than three members of some label, sigmoids are fitted to the training rows themselves.
    """

    def __init__(self, estimator: Any, seed: int = 0) -> None:
        self.estimator, self.seed = estimator, seed

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> "Calibrated":
        from sklearn.calibration import CalibratedClassifierCV
        from sklearn.dummy import DummyClassifier
        from sklearn.model_selection import StratifiedKFold

        fewest = int(np.unique(np.asarray(y), return_counts=True)[1].min())
        if fewest >= 3:
            cv: Any = StratifiedKFold(3, shuffle=True, random_state=self.seed)
        else:
            cv = [(np.arange(X.shape[0]), np.arange(X.shape[0]))]
        estimator = self.estimator if _differ(X) else DummyClassifier(strategy="prior")
        self.model_ = CalibratedClassifierCV(estimator, method="sigmoid", cv=cv, ensemble=fewest >= 3)
        self.model_.fit(X, y, sample_weight=sample_weight)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        return np.asarray(self.model_.predict_proba(X))


def _differ(X: Any) -> bool:
    """Whether any two rows differ."""
    return bool(X.nnz) if hasattr(X, "nnz") else bool((X[0] != X).any())


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
