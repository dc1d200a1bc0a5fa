"""Acquisition functions: which item to ask about next.

An entry has
    needs                       frozenset of what it reads of the pool, a subset of `NEEDS`
    score(pool) -> Scores       one number per item of the pool, higher = ask sooner
    select(candidates, k, rng)  optional: the places of k of the candidates, first one first

A score depends on the item's own row alone (`random` aside), so a pool may be scored in parts. `select` sees the best
of the pool at once, as a pool of its own, so a batch can be diverse. `arranged` calls it where there is one.
Entries that judge one distribution at a time write that judgement only and let `judge` do the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotate_kit.geometry.mapped import ROWS_AT_ONCE, parts
from annotate_kit.registry import Registry

registry = Registry(__name__)

Scores = NDArray[np.float64]
NEEDS = frozenset({"proba", "features", "votes", "committee", "unlabelled"})


class MissingInput(ValueError):
    """An entry was given a pool without something that it reads."""


@dataclass(frozen=True)
class Pool:
    """Items that the learner may ask about, and what it believes of them. What an entry does not need may be None.

    proba       (n, K) probabilities, each row summing to 1; or with `multilabel`, (n, L): of each label on its own
    multilabel  an item may have any number of the L labels
    features    (n, d) array or CSR matrix, for functions that look at how items lie to each other
    rng         for functions that draw lots
    votes       (n, K) how often people gave each label to each item
    committee   (m, n, K) what each of m models believes
    unlabelled  (r, d) features of a random sample of the whole pool, or of all of it
    counts      (K,) how often each label was given in the project so far
    examples    (e, d) features of the items that others should resemble
    """

    proba: NDArray[np.floating] | None = None
    multilabel: bool = False
    features: Any = None
    rng: np.random.Generator | None = None
    votes: NDArray[np.floating] | None = None
    committee: NDArray[np.floating] | None = None
    unlabelled: Any = None
    counts: NDArray[np.floating] | None = None
    examples: Any = None

    def __post_init__(self) -> None:
        """ValueError when `proba` is not an array of probabilities of the said shape, or there is nothing at all."""
        if self.proba is None:
            if self.features is None and self.committee is None:
                raise ValueError("a pool has proba, features or a committee")
            return
        proba = np.asarray(self.proba)
        fewest = 1 if self.multilabel else 2
        if proba.ndim != 2 or proba.shape[1] < fewest:
            raise ValueError(f"proba must be (items, labels) with at least {fewest} labels, its shape is {proba.shape}")
        if proba.size and not (proba.min() >= -1e-6 and proba.max() <= 1 + 1e-6):
            raise ValueError("proba must hold probabilities from 0 to 1, and no NaN")
        object.__setattr__(self, "proba", proba)

    def __len__(self) -> int:
        if self.proba is not None:
            return len(self.proba)
        if self.features is not None:
            return int(self.features.shape[0])
        assert self.committee is not None
        return int(self.committee.shape[1])

    def required(self, name: str) -> Any:
        """The field of this name; MissingInput when the pool was made without it."""
        value = getattr(self, name)
        if value is None:
            raise MissingInput(f"this acquisition function needs the pool's {name}")
        return value


def arranged(entry: ModuleType, candidates: Pool, scores: Scores, k: int) -> NDArray[np.intp]:
    """The places of all candidates, first one first: `k` as the entry selects them, if it does, then by score."""
    if not hasattr(entry, "select") or not len(scores):
        return top(scores, len(scores))
    return chosen_first(entry.select(candidates, min(k, len(scores)), candidates.required("rng")), scores)


def chosen_first(chosen: ArrayLike, scores: Scores) -> NDArray[np.intp]:
    """All places: those that are chosen, then the others by score."""
    places = np.asarray(chosen, dtype=np.intp)
    by_score = top(scores, len(scores))
    return np.concatenate([places, by_score[~np.isin(by_score, places)]])


def judge(pool: Pool, uncertainty: Callable[[NDArray[np.floating]], NDArray[np.floating]]) -> Scores:
    """`uncertainty`, from distributions (m, K) to numbers (m,), of every item of the pool.

    With `multilabel`, each label is a distribution over yes and no, and an item's score is the mean over its labels.
    """
    every = pool.required("proba")
    scores = np.empty(len(pool))
    for start in range(0, len(pool), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        proba = every[rows]
        if pool.multilabel:
            yes_no = np.stack([proba, 1 - proba], axis=-1).reshape(-1, 2)
            scores[rows] = uncertainty(yes_no).reshape(proba.shape).mean(axis=1)
        else:
            scores[rows] = uncertainty(proba)
    return scores


def in_parts(features: Any, judgement: Callable[[Any], NDArray[np.floating]]) -> Scores:
    """`judgement`, from rows of features (m, d) to numbers (m,), of every row of `features` (n, d), dense or CSR.

    A few thousand rows are looked at together, so an array that is mapped from a file is never in memory as a whole.
    """
    scores = np.empty(features.shape[0])
    for where, rows in parts(features):
        scores[where] = judgement(rows)
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
