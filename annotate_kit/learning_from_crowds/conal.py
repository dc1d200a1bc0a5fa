"""CoNAL (common and individual noise).

Errors are made in two ways: as everybody makes them, by one matrix of the crowd, and as this person makes them, by
their own. How far a vote is of the first kind depends on the item and the person; classifier, matrices and this share
are trained together on the votes.

Z. Chu, J. Ma, H. Wang (2021), Learning from crowds by modeling common confusions. AAAI. (On softmax regression.)
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from annotate_kit.aggregation import Result, Votes
from annotate_kit.aggregation._posterior import posterior
from annotate_kit.aggregation._result import expected_accuracy, normalised
from annotate_kit.aggregation._votes import Floats

from ._classifier import Softmax, checked, descend, softmax, through_softmax
from .crowd_layer import add_up, crowds_matrix


def make(
    n_labels: int,
    seed: int = 0,
    *,
    C: float = 1.0,
    spread: float = 1.0,
    embedding: int = 8,
    apart: float = 1e-5,
    max_iterations: int = 100,
) -> "CoNAL":
    """`embedding` numbers describe items and people where the share of common errors is found.

    `spread` is the standard deviation of all matrices around the start, and of the embeddings; `apart` rewards the
    distance of people's matrices from the crowd's, as the paper's lambda does.
    """
    return CoNAL(n_labels, seed, C, spread, embedding, apart, max_iterations)


@dataclass
class Parts:
    """The parameters, named; laid out in a row in this order."""

    W: Floats  # (F, K) and
    c: Floats  # (K,): the classifier
    common: Floats  # (K true, K voted)
    own: Floats  # (A, K true, K voted)
    Q: Floats  # (F, E): from features to the item's embedding
    u: Floats  # (A, E): people's embeddings

    def row(self) -> Floats:
        return np.concatenate([part.ravel() for part in vars(self).values()])


class CoNAL:
    classifier_: Softmax
    result_: Result

    def __init__(
        self, n_labels: int, seed: int, C: float, spread: float, embedding: int, apart: float, max_iterations: int
    ) -> None:
        self.n_labels, self.seed, self.C, self.spread = n_labels, seed, C, spread
        self.embedding, self.apart, self.max_iterations = embedding, apart, max_iterations

    def fit(self, X: Any, votes: Votes) -> "CoNAL":
        X = checked(X, votes)
        first = Softmax(self.n_labels, self.C).fit(X, normalised(votes.tally), (votes.per_item > 0).astype(float))
        ready = first.preparation_.apply(X)
        start = self.start(first.row_, ready.shape[1], votes)
        row, trace, settled = descend(lambda row: self.loss(row, ready, votes), start.row(), self.max_iterations)
        self.parts_ = self.parts(row, ready.shape[1], votes.n_annotators)
        self.classifier_ = first.at(row[: len(first.row_)])
        climbed = [-value for value in trace]
        T, pi = self._consensus(ready, votes)
        self.result_ = Result(T, expected_accuracy(votes, T), pi, None, climbed, len(trace) - 1, settled)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(n, K)."""
        return self.classifier_.predict_proba(X)

    def start(self, classifier: Floats, F: int, votes: Votes) -> Parts:
        """The majorities' classifier, the crowd's matrix for everybody, embeddings drawn by the seed."""
        K, A, E = self.n_labels, votes.n_annotators, self.embedding
        self.centre_ = crowds_matrix(votes, normalised(votes.tally))
        rng = np.random.default_rng(self.seed)
        Q, u = rng.normal(0, 0.1, (F, E)), rng.normal(0, 0.1, (A, E))
        return Parts(
            classifier[:-K].reshape(F, K), classifier[-K:], self.centre_, np.tile(self.centre_, (A, 1, 1)), Q, u
        )

    def parts(self, row: Floats, F: int, A: int) -> Parts:
        K, E = self.n_labels, self.embedding
        shapes = [(F, K), (K,), (K, K), (A, K, K), (F, E), (A, E)]
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
        return Parts(*(part.reshape(shape) for part, shape in zip(np.split(row, ends), shapes, strict=True)))

    def loss(self, row: Floats, X: Any, votes: Votes) -> tuple[float, Floats]:
        """Cross-entropy of the votes with the priors, less the reward of being apart, and its gradient."""
        p = self.parts(row, X.shape[1], votes.n_annotators)
        i, a = votes.item, votes.annotator
        Z, v = softmax(X @ p.W + p.c), X @ p.Q
        share = expit((v[i] * p.u[a]).sum(axis=1))[:, None]
        common, own = Z[i] @ p.common, np.einsum("vk,vkl->vl", Z[i], p.own[a])
        predicted = softmax(share * common + (1 - share) * own)
        vote = np.arange(len(votes)), votes.label
        value = -float(np.log(np.maximum(predicted[vote], 1e-300)).sum()) + self._against(p)
        predicted[vote] -= 1.0
        pull_share = share * (1 - share) * (predicted * (common - own)).sum(axis=1, keepdims=True)
        of_own = (1 - share) * predicted
        pull_Z = share * predicted @ p.common.T + np.einsum("vl,vkl->vk", of_own, p.own[a])
        pull = through_softmax(Z, add_up(i, pull_Z, votes.n_items))
        gradient = self._against_gradient(p)
        gradient.W += X.T @ pull
        gradient.c += pull.sum(axis=0)
        gradient.common += Z[i].T @ (share * predicted)
        gradient.own += add_up(a, Z[i][:, :, None] * of_own[:, None, :], votes.n_annotators)
        gradient.Q += X.T @ add_up(i, pull_share * p.u[a], votes.n_items)
        gradient.u += add_up(a, pull_share * v[i], votes.n_annotators)
        return value, gradient.row()

    def _against(self, p: Parts) -> float:
        """What the priors have against the parameters, less the reward."""
        drawn = ((p.common - self.centre_) ** 2).sum() + ((p.own - self.centre_) ** 2).sum()
        drawn += (p.Q**2).sum() + (p.u**2).sum()
        reward = self.apart * ((p.own - p.common) ** 2).sum()
        return 0.5 * float((p.W**2).sum()) / self.C + 0.5 * float(drawn) / self.spread**2 - 0.5 * float(reward)

    def _against_gradient(self, p: Parts) -> Parts:
        apart = self.apart * (p.own - p.common)
        tight = 1 / self.spread**2
        common = (p.common - self.centre_) * tight + apart.sum(axis=0)
        own = (p.own - self.centre_) * tight - apart
        return Parts(p.W / self.C, np.zeros(self.n_labels), common, own, p.Q * tight, p.u * tight)

    def _consensus(self, X: Any, votes: Votes) -> tuple[Floats, Floats]:
        """Probabilities, (N, K), and everybody's confusions, (A, K, K), at their own mean share of common errors."""
        p = self.parts_
        share = expit(((X @ p.Q)[votes.item] * p.u[votes.annotator]).sum(axis=1))
        n = np.maximum(votes.per_annotator, 1)
        mean = np.bincount(votes.annotator, share, votes.n_annotators) / n
        scores = mean[:, None, None] * p.common + (1 - mean)[:, None, None] * p.own
        pi = softmax(scores.reshape(-1, self.n_labels)).reshape(scores.shape)
        joint = votes.by_answer @ np.log(pi).transpose(0, 2, 1).reshape(-1, self.n_labels)
        joint += np.log(np.maximum(softmax(X @ p.W + p.c), 1e-12))
        return posterior(joint, np.full(votes.n_items, -1))[0], pi
