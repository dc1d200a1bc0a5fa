"""Common and individual confusions, shrunk.

Classifier and people are learned together (Raykar et al. 2010): the classifier's word on an item is the prior of its
label, everybody's votes are the evidence. A person's confusion matrix is their votes plus the crowd's matrix, counted
as so many votes as make the votes of all most probable; so people of few votes are the crowd, and people of many
themselves (CoNAL's common and individual noise, with the share found by empirical Bayes).

V. C. Raykar et al. (2010), Learning from crowds. JMLR 11.
"""

from typing import Any

import numpy as np
from scipy.special import digamma

from annotate_kit.aggregation import Result, Votes, aggregate
from annotate_kit.aggregation._hierarchy import common_confusions, worth
from annotate_kit.aggregation._posterior import posterior
from annotate_kit.aggregation._result import expected_accuracy
from annotate_kit.aggregation._votes import Floats

from ._classifier import Softmax, checked


def make(
    n_labels: int, seed: int = 0, *, C: float = 1.0, rounds: int = 10, tolerance: float = 1e-3
) -> "CommonIndividual":
    """`rounds` of classifier and people in turn at most; it stops when they change by less than `tolerance`."""
    return CommonIndividual(n_labels, seed, C, rounds, tolerance)


class CommonIndividual:
    classifier_: Softmax
    result_: Result

    def __init__(self, n_labels: int, seed: int, C: float, rounds: int, tolerance: float) -> None:
        self.n_labels, self.seed, self.C, self.rounds, self.tolerance = n_labels, seed, C, rounds, tolerance

    def fit(self, X: Any, votes: Votes) -> "CommonIndividual":
        X = checked(X, votes)
        voted = votes.per_item > 0
        T = aggregate(votes).beliefs
        self.classifier_ = Softmax(self.n_labels, self.C)
        iterations, settled = 0, False
        while iterations < max(1, self.rounds) and not settled:
            p = self.classifier_.fit(X, T, voted.astype(float)).predict_proba(X)
            log_pi, pi = confusions(votes, T)
            before, T = T, evidence(votes, log_pi, p)
            settled = float(np.abs(T - before)[voted].sum()) <= self.tolerance * int(voted.sum())
            iterations += 1
        matrices = pi.transpose(0, 2, 1)
        skill = expected_accuracy(votes, T)
        self.result_ = Result(T, skill, matrices, iterations=iterations, converged=settled)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(n, K)."""
        return self.classifier_.predict_proba(X)


def confusions(votes: Votes, T: Floats) -> tuple[Floats, Floats]:
    """E log π and E π, (A, K voted, K true), when the probabilities are T, (N, K)."""
    K = votes.n_labels
    counts = (votes.by_answer.T @ T).reshape(-1, K, K)
    common = common_confusions(counts)
    alpha = counts + worth(counts, common) * common
    total = alpha.sum(axis=1, keepdims=True)
    return digamma(alpha) - digamma(total), alpha / total


def evidence(votes: Votes, log_pi: Floats, p: Floats) -> Floats:
    """(N, K) probabilities: the classifier's p, (N, K), times how probable the votes are under each label."""
    joint = votes.by_answer @ log_pi.reshape(-1, votes.n_labels)
    joint += np.log(np.maximum(p, 1e-12))
    return posterior(joint, np.full(votes.n_items, -1))[0]
