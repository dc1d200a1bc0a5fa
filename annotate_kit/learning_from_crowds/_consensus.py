"""First a consensus, then a classifier of it: the two-step learners."""

from typing import Any

from annotate_kit.aggregation import Result, Votes, aggregate
from annotate_kit.aggregation._votes import Floats

from ._classifier import Softmax, checked


class ThenTrain:
    """Softmax regression on the probabilities of an aggregation, as soft labels or as their likeliest."""

    classifier_: Softmax
    result_: Result

    def __init__(self, n_labels: int, seed: int, method: str, hard: bool, C: float) -> None:
        self.n_labels, self.seed, self.method, self.hard, self.C = n_labels, seed, method, hard, C

    def fit(self, X: Any, votes: Votes) -> "ThenTrain":
        X = checked(X, votes)
        self.result_ = aggregate(votes, self.method)
        T = self.result_.beliefs
        if self.hard:
            T = (T.max(axis=1, keepdims=True) == T) / (T.max(axis=1, keepdims=True) == T).sum(axis=1, keepdims=True)
        self.classifier_ = Softmax(self.n_labels, self.C).fit(X, T, (votes.per_item > 0).astype(float))
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(n, K)."""
        return self.classifier_.predict_proba(X)
