"""Softmax regression on prepared features, by L-BFGS with written gradients."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy  # which loads a part of itself when that is first used
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Preparation:
    """Columns of mean 0 and deviation 1 (dense features only), rows of length 1 in the root mean square."""

    mean: Floats | None
    scale: Floats | None
    length: float

    @classmethod
    def of(cls, X: Any) -> "Preparation":
        if hasattr(X, "tocsr"):
            return cls(None, None, float(np.sqrt(X.multiply(X).sum() / max(1, X.shape[0]))) or 1.0)
        mean, scale = X.mean(axis=0), X.std(axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        return cls(mean, scale, float(np.sqrt((scale > 0).sum())) or 1.0)

    def apply(self, X: Any) -> Any:
        """(n, F), dense or CSR as it came."""
        if self.mean is None or self.scale is None:
            return X.tocsr() * (1 / self.length)
        return (np.asarray(X, dtype=np.float64) - self.mean) / (self.scale * self.length)


def softmax(scores: Floats) -> Floats:
    """exp(scores), each row divided by its sum."""
    chance = np.exp(scores - scores.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    return chance


def through_softmax(chance: Floats, pull: Floats) -> Floats:
    """The gradient by the scores, (n, K), given the softmax's outcome and the gradient by it."""
    pull = chance * pull
    pull -= chance * pull.sum(axis=1, keepdims=True)
    return pull


def descend(loss: Any, start: Floats, max_iterations: int) -> tuple[Floats, list[float], bool]:
    """Where `loss(row) -> (value, gradient)` is least near the start, the values on the way, and whether it settled."""
    trace = [loss(start)[0]]
    optimum = scipy.optimize.minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        callback=lambda intermediate_result: trace.append(float(intermediate_result.fun)),
        options={"maxiter": max_iterations, "ftol": 1e-9, "gtol": 1e-6},
    )
    return optimum.x, trace, optimum.nit < max_iterations


def softmax_loss(row: Floats, X: Any, T: Floats, weight: Floats, C: float) -> tuple[float, Floats]:
    """Cross-entropy against soft labels T, (N, K), each row weighing `weight`, (N,), with |W|² / 2C; its gradient.

    `row` holds W, (F, K), and then the intercepts, (K,).
    """
    K = T.shape[1]
    W, c = row[:-K].reshape(-1, K), row[-K:]
    scores = X @ W + c
    scores -= scores.max(axis=1, keepdims=True)
    total = np.exp(scores).sum(axis=1, keepdims=True)
    off = weight[:, None] * (np.exp(scores) / total * T.sum(axis=1, keepdims=True) - T)
    value = -float((weight[:, None] * T * (scores - np.log(total))).sum()) + 0.5 * float((W**2).sum()) / C
    return value, np.concatenate([(X.T @ off + W / C).ravel(), off.sum(axis=0)])


class Softmax:
    """Softmax regression that takes soft labels; `C` as in scikit-learn's LogisticRegression."""

    def __init__(self, n_labels: int, C: float = 1.0, max_iterations: int = 200) -> None:
        self.n_labels, self.C, self.max_iterations = n_labels, C, max_iterations

    def at(self, row: Floats) -> "Softmax":
        """The same preparation with other weights, laid out in a row: W, (F, K), and the intercepts, (K,)."""
        other = Softmax(self.n_labels, self.C, self.max_iterations)
        other.preparation_, other.row_ = self.preparation_, row
        return other

    def fit(self, X: Any, T: Floats, weight: Floats | None = None) -> "Softmax":
        """T is (N, K), rows of probabilities; `weight` (N,), 0 for items that teach nothing."""
        self.preparation_ = getattr(self, "preparation_", None) or Preparation.of(X)
        ready = self.preparation_.apply(X)
        start = getattr(self, "row_", np.zeros((ready.shape[1] + 1) * self.n_labels))
        weight = np.ones(len(T)) if weight is None else weight
        self.row_, _, _ = descend(lambda row: softmax_loss(row, ready, T, weight, self.C), start, self.max_iterations)
        return self

    def predict_proba(self, X: Any) -> Floats:
        K = self.n_labels
        return softmax(self.preparation_.apply(X) @ self.row_[:-K].reshape(-1, K) + self.row_[-K:])
