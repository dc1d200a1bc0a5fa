"""Areas under the margin: how far above the other labels an item's own is, while a classifier is trained.

A classifier learns easy items early and mislabelled ones late or never. So the margin, averaged over the epochs, is
low where the label is wrong or the item ambiguous.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotate_kit import progress
from annotate_kit.aggregation import Votes

Floats = NDArray[np.float64]
Estimator = Any
"""What has `partial_fit(X, y, classes=…)`, and `decision_function(X)` or `predict_proba(X)`."""


@dataclass(frozen=True, eq=False)
class Areas:
    """What a training says of N items and V votes.

    items   (N,) the area under the margin, weighted by the people; NaN where there are no votes
    votes   (V,) the area under each vote's own margin
    trust   (V,) what each vote weighs in its item's
    """

    items: Floats
    votes: Floats
    trust: Floats


class Above(NamedTuple):
    """Above which score a margin is: the largest other (`pleiss`, of Pleiss), or the one after `topk` (1 is Yang's)."""

    pleiss: bool = False
    topk: int = 1


class SoftmaxByEpochs:
    """Softmax regression by gradient descent with momentum, an epoch a `partial_fit`; rows are taken in batches."""

    def __init__(self, seed: int = 0, rate: float = 0.1, momentum: float = 0.9, decay: float = 5e-4) -> None:
        self.rng = np.random.default_rng(seed)
        self.rate, self.momentum, self.decay = rate, momentum, decay
        self.W_: Floats | None = None

    def partial_fit(self, X: Any, y: NDArray[Any], classes: NDArray[Any] | None = None) -> "SoftmaxByEpochs":
        """One epoch; `classes` are 0 … K - 1 and needed the first time."""
        if self.W_ is None:
            assert classes is not None
            self.W_ = np.zeros((X.shape[1] + 1, len(classes)))
            self.speed_ = np.zeros_like(self.W_)
        T = np.eye(self.W_.shape[1])
        for rows in np.array_split(self.rng.permutation(len(y)), max(1, len(y) // 64)):
            batch = X[rows]
            off = softmax(self.decision_function(batch)) - T[y[rows]]
            gradient = np.vstack([batch.T @ off, off.sum(axis=0)]) / len(rows) + self.decay * self.W_
            self.speed_ = self.momentum * self.speed_ + gradient
            self.W_ = self.W_ - self.rate * self.speed_
        return self

    def decision_function(self, X: Any) -> Floats:
        """(n, K) logits."""
        assert self.W_ is not None
        return np.asarray(X @ self.W_[:-1]) + self.W_[-1]


def softmax(logits: Floats) -> Floats:
    chance = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(chance / chance.sum(axis=1, keepdims=True))


def training(estimator: Estimator, X: Any, y: NDArray[Any], K: int, epochs: int) -> Iterator[Floats]:
    """After each epoch the (n, K) logits of the rows that the estimator is trained on."""
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}; it must be 1 or more")
    for epoch in range(epochs):
        progress.tell("epoch", epoch, epochs)
        estimator.partial_fit(X, y, classes=np.arange(K))
        yield logits_of(estimator, X, K)


def logits_of(estimator: Estimator, X: Any, K: int) -> Floats:
    """(n, K): decisions, of which an estimator for two labels may make one column; or log probabilities."""
    if hasattr(estimator, "decision_function"):
        logits = np.asarray(estimator.decision_function(X), dtype=np.float64)
        return np.stack([-logits, logits], axis=1) / 2 if logits.ndim == 1 else logits
    return np.log(np.maximum(np.asarray(estimator.predict_proba(X), dtype=np.float64), 1e-12))


def margin(scores: Floats, y: NDArray[Any], above: Above) -> Floats:
    """(n,) by how much the label's score, of (n, K), is above the one that `above` says.

    Yang's margin is never below 0 by more than the label is below the second: a label that is not the first pays less.
    """
    own, K = scores[np.arange(len(y)), y], scores.shape[1]
    if K < 2:
        return np.zeros(len(y))
    if not 1 <= above.topk < K:
        raise ValueError(f"topk is {above.topk}; with {K} labels it must be from 1 to {K - 1}")
    if not above.pleiss:
        return np.asarray(own - np.partition(scores, -above.topk - 1, axis=1)[:, -above.topk - 1])
    others = scores.copy()
    others[np.arange(len(y)), y] = -np.inf
    return np.asarray(own - others.max(axis=1))


def area(
    estimator: Estimator, X: Any, y: NDArray[Any], K: int, epochs: int, of: Callable[[Floats], Floats], above: Above
) -> tuple[Floats, Floats]:
    """(n,) the mean margin over the epochs of what `of` makes of the logits; and the last epoch's probabilities."""
    total, logits = np.zeros(len(y)), np.zeros((len(y), K))
    for logits in training(estimator, X, y, K, epochs):
        total += margin(of(logits), y, above)
    return total / epochs, softmax(logits)


def weighted(votes: Votes, areas: Floats, trust: Floats) -> Areas:
    """The items' areas: the votes' own, weighted by how far each vote's author is to be trusted there."""
    total = np.bincount(votes.item, trust, votes.n_items)
    summed = np.bincount(votes.item, trust * areas, votes.n_items)
    items = np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan)
    items[votes.per_item == 0] = np.nan
    return Areas(items, areas, trust)


def prepared(X: Any, votes: Votes) -> Any:
    """The features, standardised where they are dense, with rows of length 1; ValueError unless one row an item.

    What is no array, as pictures for a network, is left as it is; it is taken by `X[rows]`.
    """
    if hasattr(X, "__len__") and not isinstance(X, list | np.ndarray) and not hasattr(X, "shape"):
        if len(X) != votes.n_items:
            raise ValueError(f"X must have {votes.n_items} rows, one an item of the votes; it has {len(X)}")
        return X
    dense = not hasattr(X, "tocsr")
    X = np.asarray(X, dtype=np.float64) if dense else X.tocsr()
    if X.ndim != 2 or X.shape[0] != votes.n_items:
        raise ValueError(f"X must be ({votes.n_items}, F), one row an item of the votes; its shape is {X.shape}")
    if not dense:
        return X
    if not np.isfinite(X).all():
        raise ValueError(f"X must hold finite numbers; row {np.flatnonzero(~np.isfinite(X).all(axis=1))[0]} has others")
    deviation = X.std(axis=0) if len(X) else np.ones(X.shape[1])
    X = (X - X.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0) if len(X) else X
    return X / np.sqrt(max(1, X.shape[1]))


def too_hard(items: Floats, alpha: float) -> NDArray[np.int64]:
    """The items at or below the quantile `alpha` of the areas."""
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha is {alpha}; it must be from 0 to 1")
    if np.isnan(items).all():
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(items <= np.nanquantile(items, alpha))
