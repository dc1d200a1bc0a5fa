"""Acquisition functions: which item to ask about next.

An entry has
    score(pool: Pool) -> Scores    one number per item of the pool, higher = ask sooner

A score depends on the item's own row alone (`random` aside), so a pool may be scored in parts.
Entries that judge one distribution at a time write that judgement only and let `judge` do the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.registry import Registry

registry = Registry(__name__)

Scores = NDArray[np.float64]
_ROWS_AT_ONCE = 16_384  # keeps what is computed on the way within the processor's cache


@dataclass(frozen=True)
class Pool:
    """Items that the learner may ask about, and what it believes of them.

    proba       (n, K) probabilities, each row summing to 1; or with `multilabel`, (n, L): of each label on its own
    multilabel  an item may have any number of the L labels
    features    (n, d) array or CSR matrix, for functions that look at how items lie to each other
    rng         for functions that draw lots
    """

    proba: NDArray[np.floating]
    multilabel: bool = False
    features: Any = None
    rng: np.random.Generator | None = None

    def __post_init__(self) -> None:
        """ValueError when `proba` is not an array of probabilities of the said shape."""
        proba = np.asarray(self.proba)
        fewest = 1 if self.multilabel else 2
        if proba.ndim != 2 or proba.shape[1] < fewest:
            raise ValueError(f"proba must be (items, labels) with at least {fewest} labels, its shape is {proba.shape}")
        if proba.size and not (proba.min() >= -1e-6 and proba.max() <= 1 + 1e-6):
            raise ValueError("proba must hold probabilities from 0 to 1, and no NaN")
        object.__setattr__(self, "proba", proba)

    def __len__(self) -> int:
        return len(self.proba)


def judge(pool: Pool, uncertainty: Callable[[NDArray[np.floating]], NDArray[np.floating]]) -> Scores:
    """`uncertainty`, from distributions (m, K) to numbers (m,), of every item of the pool.

    With `multilabel`, each label is a distribution over yes and no, and an item's score is the mean over its labels.
    """
    scores = np.empty(len(pool))
    for start in range(0, len(pool), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        proba = pool.proba[rows]
        if pool.multilabel:
            yes_no = np.stack([proba, 1 - proba], axis=-1).reshape(-1, 2)
            scores[rows] = uncertainty(yes_no).reshape(proba.shape).mean(axis=1)
        else:
            scores[rows] = uncertainty(proba)
    return scores


def top(scores: Scores, k: int) -> NDArray[np.intp]:
    """The places of the `k` highest scores (all, if there are fewer), highest first; equals in their given order."""
    scores = np.where(np.isnan(scores), -np.inf, scores)
    k = min(k, len(scores))
    if k <= 0:
        return np.empty(0, dtype=np.intp)
    lowest = np.partition(scores, -k)[-k]
    above = np.flatnonzero(scores > lowest)
    level = np.flatnonzero(scores == lowest)[: k - len(above)]
    chosen = np.concatenate([above, level])
    return chosen[np.argsort(-scores[chosen], kind="stable")]
