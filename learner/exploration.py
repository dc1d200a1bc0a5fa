"""Which items are served at random, and the order in which the others are asked about."""

import numpy as np
from numpy.typing import NDArray

from annotate_kit.acquisition import top

Ids = NDArray[np.int64]


def hash_shares(project_id: int, items: Ids) -> NDArray[np.float64]:
    """A number from 0 to 1 for each item, drawn once and for all: the same in every round and on every machine.

    By splitmix64, mixed twice: Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators".
    """
    step = 0x9E3779B97F4A7C15
    z = items.astype(np.uint64) + np.uint64(project_id * step % 2**64)
    for _ in range(2):
        z += np.uint64(step)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-53


def in_test_share(project_id: int, items: Ids, explore: float) -> NDArray[np.bool_]:
    """Of each item, whether it is served at random and kept for the honest score. No model trains on these."""
    return hash_shares(project_id, items) < explore


def split_pool(project_id: int, pool: Ids, explore: float) -> tuple[Ids, Ids]:
    """The items of a pool that a model may ask about, and those that are served at random, in their order."""
    is_test = in_test_share(project_id, pool, explore)
    at_random = pool[is_test]
    return pool[~is_test], at_random[np.argsort(hash_shares(project_id, at_random))]


class Best:
    """The `most` items with the highest scores of a pool that comes in parts, and what is believed of them."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.items = np.empty(0, dtype=np.int64)
        self.scores = np.empty(0)
        self.proba = np.empty((0, 0), dtype=np.float32)

    def offer(self, items: Ids, scores: NDArray[np.float64], proba: NDArray[np.floating]) -> None:
        if len(self.items):
            items = np.concatenate([self.items, items])
            scores = np.concatenate([self.scores, scores])
            proba = np.concatenate([self.proba, proba.astype(np.float32)])
        best = top(scores, self.most)
        self.items, self.scores, self.proba = items[best], scores[best], proba[best].astype(np.float32)

    def arrange(self, places: NDArray[np.intp]) -> None:
        """Put them in another order."""
        self.items, self.scores, self.proba = self.items[places], self.scores[places], self.proba[places]


def interleaved(ranked: Ids, at_random: Ids, rate: float, rng: np.random.Generator) -> Ids:
    """`ranked` in its order with `at_random` in its order mixed in: each place by chance, so none can be told apart.

    When either is used up the other goes on.
    """
    order = np.empty(len(ranked) + len(at_random), dtype=np.int64)
    is_random = rng.random(len(order)) < rate
    is_random &= np.cumsum(is_random) <= len(at_random)
    lacking = int((~is_random).sum()) - len(ranked)
    if lacking > 0:  # the ranked ones end before the others do
        is_random[np.flatnonzero(~is_random)[len(ranked) :]] = True
    order[is_random], order[~is_random] = at_random, ranked
    return order


def put_first(again: Ids, order: Ids) -> Ids:
    """`again` in its order, then what else `order` holds."""
    return np.concatenate([again, order[~np.isin(order, again)]])
