"""Multidimensional (items are points, people linear classifiers).

An item is a point x with a few signals for each label; the true label draws them up. A person weighs the signals by w,
adds a bias b for each label, and says the label whose sum is largest, with logistic noise. People who weigh signals
differently belong to different schools of thought; people of little weight do not see. All are found together as the
most probable ones, by L-BFGS with written gradients. For two labels this is the paper's model, but for the noise.

P. Welinder, S. Branson, S. Belongie, P. Perona (2010), The multidimensional wisdom of crowds. NeurIPS.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.sparse.linalg import svds

from annotate_kit.aggregation._known import impose, known_labels
from annotate_kit.aggregation._posterior import posterior
from annotate_kit.aggregation._result import Result, expected_accuracy, normalised
from annotate_kit.aggregation._votes import Floats, Ints, Votes

APART = 0.3
"""How far apart the dimensions start, along the directions in which people differ most."""


def aggregate(
    votes: Votes,
    *,
    dimensions: int = 2,
    signal_noise: float = 0.8,
    weight_noise: float = 1.0,
    bias_noise: float = 3.0,
    max_iterations: int = 300,
    tolerance: float = 1e-9,
    gold: ArrayLike | None = None,
) -> Result:
    """Find points, weights and biases; `log_likelihood`, with the priors' logarithm, never falls.

    dimensions     signals for each label
    signal_noise   standard deviation of a signal around its label's mean, which is 1 for the true label (theta in the
                   paper); weights are drawn around 1 and biases around 0 with the other two
    tolerance      stop when an iteration gains less than this part of the whole
    """
    if dimensions < 1:
        raise ValueError(f"dimensions is {dimensions}; it must be 1 or more")
    known = known_labels(votes, gold)
    if not len(votes):
        T = impose(normalised(votes.tally), known)
        return Result(T, expected_accuracy(votes, T))
    model = Model(votes, known, dimensions, signal_noise, weight_noise, bias_noise)
    trace = [-model.loss(model.start())[0]]
    optimum = minimize(
        model.loss,
        model.start(),
        jac=True,
        method="L-BFGS-B",
        callback=lambda intermediate_result: trace.append(-intermediate_result.fun),
        options={"maxiter": max_iterations, "maxfun": 4 * max_iterations, "ftol": tolerance, "gtol": 1e-7},
    )
    x, _, _ = model.parts(optimum.x)
    T, _ = posterior(model.log_joint(x), known)
    return Result(T, expected_accuracy(votes, T), None, None, trace, int(optimum.nit), optimum.nit < max_iterations)


@dataclass(frozen=True, eq=False)
class Model:
    """The votes and the priors' widths; parameters are x (N, D, K), w (A, D) and b (A, K), laid out in a row."""

    votes: Votes
    known: NDArray[np.int64]
    D: int
    signal_noise: float
    weight_noise: float
    bias_noise: float

    @cached_property
    def answers(self) -> Floats:
        """(V, K) one for the label of each vote."""
        return np.eye(self.votes.n_labels)[self.votes.label]

    @cached_property
    def to_item(self) -> sparse.csr_array:
        """(N, V) adds up what belongs to the votes of each item."""
        return self._sums(self.votes.item, self.votes.n_items)

    @cached_property
    def to_annotator(self) -> sparse.csr_array:
        """(A, V) adds up what belongs to the votes of each annotator."""
        return self._sums(self.votes.annotator, self.votes.n_annotators)

    def _sums(self, rows: Ints, size: int) -> sparse.csr_array:
        V = len(rows)
        return sparse.csr_array((np.ones(V), (rows, np.arange(V))), shape=(size, V))

    @property
    def means(self) -> Floats:
        """(K true, K) where each true label draws the signals: 1 for itself, together nothing."""
        K = self.votes.n_labels
        return (np.eye(K) * K - 1) / max(1, K - 1) if K > 1 else np.zeros((1, 1))

    def start(self) -> Floats:
        """The votes' shares as points, the dimensions a little apart where people differ most; equal people."""
        A, K = self.votes.n_annotators, self.votes.n_labels
        shares = (self.votes.tally + 1 / K) / (self.votes.per_item[:, None] + 1)
        x = np.repeat((shares @ self.means)[:, None, :], self.D, axis=1)
        w = np.ones((A, self.D))
        for dimension, (items, people) in enumerate(self._differences(shares), start=1):
            x[:, 0] -= APART * items
            x[:, dimension] += APART * items
            w[:, 0] -= APART * people
            w[:, dimension] += APART * people
        return np.concatenate([x.ravel(), w.ravel(), np.zeros(A * K)])

    def _differences(self, shares: Floats) -> list[tuple[Floats, Floats]]:
        """For each dimension but the first (N, K) and (A,): the leading ways in which people leave the shares."""
        N, A, K = self.votes.n_items, self.votes.n_annotators, self.votes.n_labels
        rank = min(self.D - 1, A - 1, N * K - 1)
        if rank < 1:
            return []
        off = (self.answers - shares[self.votes.item]).ravel()
        rows = (self.votes.item[:, None] * K + np.arange(K)).ravel()
        residuals = sparse.csr_array((off, (rows, np.repeat(self.votes.annotator, K))), shape=(N * K, A))
        if not np.abs(off).max() > 0:
            return []
        U, _, Vt = svds(residuals, k=rank, v0=np.linspace(1.0, 2.0, min(residuals.shape)))
        scale = np.sqrt([N * K, A])
        return [(scale[0] * U[:, -j].reshape(N, K), scale[1] * Vt[-j]) for j in range(1, rank + 1)]

    def parts(self, row: Floats) -> tuple[Floats, Floats, Floats]:
        N, A, K, D = self.votes.n_items, self.votes.n_annotators, self.votes.n_labels, self.D
        x, w, b = np.split(row, [N * D * K, N * D * K + A * D])
        return x.reshape(N, D, K), w.reshape(A, D), b.reshape(A, K)

    def log_joint(self, x: Floats) -> Floats:
        """(N, K) log probability of the points and each true label."""
        apart = ((x[:, None] - self.means[:, None, :]) ** 2).sum(axis=(2, 3))
        return -0.5 * apart / self.signal_noise**2 - np.log(self.votes.n_labels)

    def loss(self, row: Floats) -> tuple[float, Floats]:
        """Minus the log-likelihood with the priors' logarithm, and its gradient."""
        x, w, b = self.parts(row)
        signals, weights = x[self.votes.item], w[self.votes.annotator]
        sums = np.einsum("vdk,vd->vk", signals, weights) + b[self.votes.annotator]
        sums -= sums.max(axis=1, keepdims=True)
        chance = np.exp(sums)
        total = chance.sum(axis=1, keepdims=True)
        says = float((sums * self.answers).sum() - np.log(total).sum())
        off = self.answers - chance / total
        T, drawn = posterior(self.log_joint(x), self.known)
        pull = (np.einsum("nk,kl->nl", T, self.means)[:, None, :] - x) / self.signal_noise**2
        votes_pull = self.to_item @ (weights[:, :, None] * off[:, None, :]).reshape(len(off), -1)
        gradient_x = pull + votes_pull.reshape(x.shape)
        gradient_w = self.to_annotator @ np.einsum("vdk,vk->vd", signals, off) - (w - 1) / self.weight_noise**2
        gradient_b = self.to_annotator @ off - b / self.bias_noise**2
        priors = ((w - 1) ** 2).sum() / self.weight_noise**2 + (b**2).sum() / self.bias_noise**2
        gradient = np.concatenate([gradient_x.ravel(), gradient_w.ravel(), gradient_b.ravel()])
        return -(says + drawn - 0.5 * float(priors)), -gradient
