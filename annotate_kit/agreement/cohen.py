"""Cohen's κ.

For two people who labelled the same items; `matrix` has it for every two of a crowd.

J. Cohen (1960), A coefficient of agreement for nominal scales; (1968), Weighted kappa.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy  # which loads a part of itself when that is first used
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes

from ._bootstrap import Tally
from ._units import last_votes

Floats = NDArray[np.float64]

WEIGHTS: dict[str | None, Any] = {
    None: np.not_equal,
    "linear": lambda a, b: abs(a - b),
    "quadratic": lambda a, b: (a - b) ** 2,
}


def tally(votes: Votes, *, pair: tuple[int, int] | None = None, weights: str | None = None) -> Tally:
    """κ of two annotators on the items that both labelled; NaN where chance alone would agree on all of them.

    pair       the annotators' numbers; may be left out when just two voted
    weights    None: all disagreements are equal; "linear" or "quadratic": by how far apart the labels are
    """
    if weights not in WEIGHTS:
        raise ValueError(f"cohen has no weights {weights!r}; it has None, 'linear', 'quadratic'")
    K = votes.n_labels
    table = np.bincount(_cells(votes, *_the_pair(votes, pair)), minlength=K * K)
    cells = np.flatnonzero(table)
    one_each = scipy.sparse.csr_array((np.ones(len(cells)), (np.arange(len(cells)), cells)), shape=(len(cells), K * K))
    return Tally(table[cells], one_each, lambda sums: kappa(sums.reshape(-1, K, K), weights))


def kappa(table: Floats, weights: str | None = None) -> Floats:
    """(B,) of B tables, (B, K, K), of how often one said the first label and the other the second."""
    K = table.shape[-1]
    w = WEIGHTS[weights](np.arange(K)[:, None], np.arange(K)).astype(np.float64)
    n = table.sum(axis=(1, 2))
    observed = (table * w).sum(axis=(1, 2))
    expected = (table.sum(axis=2)[:, None, :] @ w @ table.sum(axis=1)[:, :, None])[:, 0, 0] / n
    return np.where(expected > 0, 1 - observed / expected, np.nan)


def matrix(votes: Votes, least: int = 2) -> tuple[Floats, NDArray[np.int64]]:
    """(A, A) κ of every two annotators and (A, A) the number of items that both labelled.

    NaN where that is fewer than `least`, or where both only ever used one label, the same. The diagonal is 1.
    """
    votes = last_votes(votes)
    everything = _voted(votes, np.ones(len(votes), dtype=bool))
    n = (everything.T @ everything).toarray()
    observed, expected = np.zeros_like(n), np.zeros_like(n)
    for label in range(votes.n_labels):
        voted = _voted(votes, votes.label == label)
        observed += (voted.T @ voted).toarray()
        marginal = (voted.T @ everything).toarray()
        expected += marginal * marginal.T
    kappas = np.full_like(n, np.nan)
    comparable = (n >= least) & (expected < n * n)
    by_chance = expected[comparable] / n[comparable]
    kappas[comparable] = (observed[comparable] - by_chance) / (n[comparable] - by_chance)
    np.fill_diagonal(kappas, np.where(n.diagonal() > 0, 1.0, np.nan))
    return kappas, n.astype(np.int64)


def _voted(votes: Votes, which: NDArray[np.bool_]) -> scipy.sparse.csr_array:
    """(N, A) 1 where that person gave one of those votes on that item."""
    shape = (votes.n_items, votes.n_annotators)
    places = votes.item[which], votes.annotator[which]
    return scipy.sparse.coo_array((np.ones(which.sum()), places), shape=shape).tocsr()


def _the_pair(votes: Votes, pair: tuple[int, int] | None) -> tuple[int, int]:
    if pair is None:
        voters = np.flatnonzero(votes.per_annotator)
        if len(voters) != 2:
            raise ValueError(f"cohen compares two annotators and {len(voters)} voted; name them with pair=(3, 7)")
        return int(voters[0]), int(voters[1])
    a, b = pair
    if a == b or not (0 <= a < votes.n_annotators and 0 <= b < votes.n_annotators):
        raise ValueError(f"pair must be two different annotators of 0 to {votes.n_annotators - 1}; it is {a}, {b}")
    return a, b


def _cells(votes: Votes, a: int, b: int) -> NDArray[np.int64]:
    """What a and b said of each item that both labelled, as cells of their table: label of a · K + label of b."""
    of_a, of_b = _labels_of(votes, a), _labels_of(votes, b)
    both = (of_a >= 0) & (of_b >= 0)
    return of_a[both] * votes.n_labels + of_b[both]


def _labels_of(votes: Votes, annotator: int) -> NDArray[np.int64]:
    """(N,) the person's last label of each item, -1 without one."""
    labels = np.full(votes.n_items, -1, dtype=np.int64)
    own = votes.annotator == annotator
    labels[votes.item[own]] = votes.label[own]
    return labels
