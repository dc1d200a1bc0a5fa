"""Gold: items whose label is known."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._votes import Floats, Votes


def known_labels(votes: Votes, gold: ArrayLike | None) -> NDArray[np.int64]:
    """(N,) the known labels, -1 where unknown; ValueError when there are not N or one is out of range."""
    if gold is None:
        return np.full(votes.n_items, -1)
    known = np.asarray(gold)
    if known.shape != (votes.n_items,) or known.dtype.kind not in "iu":
        raise ValueError(f"gold must be {votes.n_items} whole numbers, one an item, -1 where the label is not known")
    wrong = np.flatnonzero((known < -1) | (known >= votes.n_labels))
    if wrong.size:
        raise ValueError(f"gold of item {wrong[0]} is {known[wrong[0]]}; -1 to {votes.n_labels - 1} are allowed")
    return known.astype(np.int64)


def impose(T: Floats, known: NDArray[np.int64]) -> Floats:
    """Put all probability of the known items on their label, in place."""
    rows = np.flatnonzero(known >= 0)
    T[rows] = 0.0
    T[rows, known[rows]] = 1.0
    return T
