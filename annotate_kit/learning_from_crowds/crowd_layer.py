"""CrowdLayer.

A classifier's probabilities go through one matrix a person, whose outcome, by a softmax, is what that person says; all
are trained together on the votes. The paper starts from identities and stops early. Softmax regression is trained to
the end, so the start is a classifier of the majorities and the crowd's own matrix, and priors draw to it.

F. Rodrigues, F. Pereira (2018), Deep learning from crowds. AAAI. (Here MW, on softmax regression.)
"""

from typing import Any

import numpy as np

from annotate_kit.aggregation import Result, Votes
from annotate_kit.aggregation._hierarchy import common_confusions
from annotate_kit.aggregation._posterior import posterior
from annotate_kit.aggregation._result import expected_accuracy, normalised
from annotate_kit.aggregation._votes import Floats

from ._classifier import Softmax, checked, descend, softmax, through_softmax


def make(
    n_labels: int, seed: int = 0, *, C: float = 1.0, spread: float = 1.0, max_iterations: int = 100
) -> "CrowdLayer":
    """`spread` is the standard deviation of people's matrices, in natural logarithms, around the crowd's."""
    return CrowdLayer(n_labels, seed, C, spread, max_iterations)


class CrowdLayer:
    classifier_: Softmax
    result_: Result

    def __init__(self, n_labels: int, seed: int, C: float, spread: float, max_iterations: int) -> None:
        self.n_labels, self.seed, self.C, self.max_iterations = n_labels, seed, C, max_iterations
        self.spread = spread

    def fit(self, X: Any, votes: Votes) -> "CrowdLayer":
        X = checked(X, votes)
        K, A = self.n_labels, votes.n_annotators
        T = normalised(votes.tally)
        first = Softmax(K, self.C).fit(X, T, (votes.per_item > 0).astype(float))
        self.centre_ = crowds_matrix(votes, T)
        ready = first.preparation_.apply(X)
        start = np.concatenate([first.row_, np.tile(self.centre_, (A, 1)).ravel()])
        row, trace, settled = descend(lambda row: self.loss(row, ready, votes), start, self.max_iterations)
        _, _, M = self.parts(row, A)
        self.classifier_ = first.at(row[: len(first.row_)])
        pi = softmax(M.reshape(-1, K)).reshape(A, K, K)
        joint = votes.by_answer @ np.log(pi).transpose(0, 2, 1).reshape(-1, K)
        T, _ = posterior(joint + np.log(np.maximum(self.predict_proba(X), 1e-12)), np.full(votes.n_items, -1))
        climbed = [-value for value in trace]
        self.result_ = Result(T, expected_accuracy(votes, T), pi, None, climbed, len(trace) - 1, settled)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(n, K)."""
        return self.classifier_.predict_proba(X)

    def parts(self, row: Floats, A: int) -> tuple[Floats, Floats, Floats]:
        """W (F, K), c (K,) and the matrices M (A, K true, K voted)."""
        K = self.n_labels
        W, c, M = np.split(row, [len(row) - A * K * K - K, len(row) - A * K * K])
        return W.reshape(-1, K), c, M.reshape(A, K, K)

    def loss(self, row: Floats, X: Any, votes: Votes) -> tuple[float, Floats]:
        """Cross-entropy of the votes with both priors, and its gradient."""
        A = votes.n_annotators
        W, c, M = self.parts(row, A)
        Z = softmax(X @ W + c)
        predicted = softmax(np.einsum("vk,vkl->vl", Z[votes.item], M[votes.annotator]))
        vote = np.arange(len(votes)), votes.label
        away = M - self.centre_
        value = -float(np.log(np.maximum(predicted[vote], 1e-300)).sum())
        value += 0.5 * float((W**2).sum()) / self.C + 0.5 * float((away**2).sum()) / self.spread**2
        predicted[vote] -= 1.0
        pull_M = add_up(votes.annotator, Z[votes.item][:, :, None] * predicted[:, None, :], A) + away / self.spread**2
        pull_Z = add_up(votes.item, np.einsum("vl,vkl->vk", predicted, M[votes.annotator]), votes.n_items)
        pull = through_softmax(Z, pull_Z)
        return value, np.concatenate([(X.T @ pull + W / self.C).ravel(), pull.sum(axis=0), pull_M.ravel()])


def crowds_matrix(votes: Votes, T: Floats) -> Floats:
    """(K true, K voted) logarithms of what the crowd says, when the probabilities are T, (N, K)."""
    K = votes.n_labels
    return np.log(common_confusions((votes.by_answer.T @ T).reshape(-1, K, K))).T


def add_up(group: Any, rows: Floats, size: int) -> Floats:
    """(size, …) sums of the rows of each group."""
    total = np.zeros((size, *rows.shape[1:]))
    np.add.at(total, group, rows)
    return total
