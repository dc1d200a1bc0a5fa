"""Three kinds of models that err in different places, and their mean."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import SVC

from annotate_kit.estimators._regression import TunedRegression
from annotate_kit.estimators._tuning import Tuning, best_temperature, is_due, out_of_fold, sharpened
from annotate_kit.geometry.graph import Graph

_LEAST = 1e-4


class Mixture(ClassifierMixin, BaseEstimator):
    """The mean log probability of logistic regression, an RBF machine and label spreading, made fit to be believed.

    `graph` holds items without labels, over which labels spread; without it they spread over the labelled ones alone.
    """

    def __init__(self, seed: int = 0, tuning: Tuning | None = None, graph: Graph | None = None) -> None:
        self.seed, self.tuning, self.graph = seed, tuning, graph

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> "Mixture":
        X = np.asarray(X, dtype=np.float32)
        self.classes_, codes = np.unique(np.asarray(y), return_inverse=True)
        weights = np.ones(len(codes)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        due = is_due(self.tuning, len(codes))
        regression = TunedRegression(self.seed, None if due else self.tuning).fit(X, codes, weights)
        self.tuning_ = dict(regression.tuning_)
        if due:
            self.tuning_ |= self._temperatures(X, codes, weights)
        else:
            self.tuning_ = dict(self.tuning or {})
        self.models_ = self._models(X, codes, weights, regression)
        return self

    def _models(self, X: Any, codes: NDArray[np.intp], weights: NDArray[np.float64], regression: Any) -> list[Any]:
        machine = Machine().fit(X, codes, weights)
        spreading = (self.graph or Graph(X)).spread(X, np.eye(len(self.classes_))[codes] * weights[:, np.newaxis])
        return [regression.predict_proba, machine.predict_proba, spreading.proba]

    def _temperatures(self, X: Any, codes: NDArray[np.intp], weights: NDArray[np.float64]) -> Tuning:
        """Of the machine on its own, and of the mean; 1 where there are too few labels to say."""
        strength = {"n": float("inf"), "C": self.tuning_["C"]}

        def predict(train: NDArray[np.intp], test: NDArray[np.intp]) -> list[NDArray[np.float64]]:
            labels, inner = np.unique(codes[train], return_inverse=True)
            regression = TunedRegression(self.seed, strength).fit(X[train], inner, weights[train])
            part = Mixture(self.seed, strength, self.graph)
            part.classes_ = labels
            models = part._models(X[train], inner, weights[train], regression)
            every = np.zeros((3, len(test), len(self.classes_)))
            for number, model in enumerate(models):
                every[number][:, labels] = model(X[test])
            return list(every)

        outcome = out_of_fold(codes, 3, predict, self.seed)
        if outcome is None:
            return {"machine": 1.0, "mean": 1.0}
        (regression, machine, spreading), truth = outcome
        of_machine = best_temperature(machine, truth)
        mean = _mean([regression, sharpened(machine, of_machine), spreading])
        return {"machine": of_machine, "mean": best_temperature(mean, truth)}

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        X = np.asarray(X, dtype=np.float32)
        regression, machine, spreading = (model(X) for model in self.models_)
        mean = _mean([regression, sharpened(machine, self.tuning_["machine"]), spreading])
        return sharpened(mean, self.tuning_["mean"])


class Machine:
    """A support vector machine with an RBF kernel as wide as the features spread, and softmax of its decisions."""

    def fit(self, X: NDArray[np.float32], codes: NDArray[np.intp], weights: NDArray[np.float64]) -> "Machine":
        spread = float(X.var(axis=0).sum())
        self.n_labels = int(codes.max()) + 1
        self.svc = SVC(C=10, gamma=1 / spread if spread > 0 else 1.0).fit(X, codes, sample_weight=weights)
        return self

    def predict_proba(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        decisions = self.svc.decision_function(X)
        if decisions.ndim == 1:
            decisions = np.stack([-decisions, decisions], axis=1)
        decisions = 2 * (decisions - decisions.max(axis=1, keepdims=True))
        powers = np.exp(decisions)
        return powers / powers.sum(axis=1, keepdims=True)


def _mean(proba: list[Any]) -> NDArray[np.float64]:
    """The geometric mean, each row summing to 1."""
    powers = np.exp(sum(np.log(np.clip(each, _LEAST, 1)) for each in proba) / len(proba))
    return powers / powers.sum(axis=1, keepdims=True)
