"""Votes seen as units: one vote of each person on each item, and items of the same votes put together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # which loads a part of itself when that is first used
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes


@dataclass(frozen=True, eq=False)
class Units:
    """Kinds of items with two votes or more: how many votes each label has, (P, K), and how many items are so, (P,)."""

    counts: scipy.sparse.csr_array
    frequency: NDArray[np.int64]

    @property
    def size(self) -> NDArray[np.float64]:
        """(P,) number of votes on one item of the kind."""
        return np.asarray(self.counts.sum(axis=1), dtype=np.float64)


def units(votes: Votes) -> Units:
    votes = last_votes(votes)
    comparable = np.flatnonzero(votes.per_item >= 2)
    return same_together(label_counts(votes)[comparable])


def last_votes(votes: Votes) -> Votes:
    """The same votes with only the last of each person on each item."""
    cell = votes.item.astype(np.int64) * votes.n_annotators + votes.annotator
    _, from_the_end = np.unique(cell[::-1], return_index=True)
    if len(from_the_end) == len(votes):
        return votes
    last = len(votes) - 1 - from_the_end
    sizes = (votes.n_items, votes.n_annotators, votes.n_labels)
    return Votes(votes.item[last], votes.annotator[last], votes.label[last], *sizes)


def label_counts(votes: Votes) -> scipy.sparse.csr_array:
    """(N, K) how many votes each label has on each item."""
    ones = np.ones(len(votes), dtype=np.int64)
    return scipy.sparse.coo_array((ones, (votes.item, votes.label)), shape=(votes.n_items, votes.n_labels)).tocsr()


def same_together(counts: scipy.sparse.csr_array) -> Units:
    """Equal rows made one. They are found by a random 64-bit sum of each row, which wraps around and is exact."""
    weights = np.random.default_rng(0).integers(-(2**62), 2**62, size=counts.shape[1])
    _, first, frequency = np.unique(counts @ weights, return_index=True, return_counts=True)
    return Units(counts[first], frequency)
