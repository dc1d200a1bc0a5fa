"""A coefficient of sums over items, and its bootstrap interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy  # which loads a part of itself when that is first used
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CELLS = 2**22
"""Numbers held at once while resampling (32 MB)."""


@dataclass(frozen=True)
class Agreement:
    """A coefficient: 1 = all agree, 0 = as chance would, below 0 = worse than chance.

    value        NaN when no item has two votes to compare
    low, high    ends of its interval; NaN with fewer than two comparable items
    n_items      items that could be compared
    """

    value: float
    low: float
    high: float
    n_items: int
    confidence: float = 0.95


@dataclass(frozen=True, eq=False)
class Tally:
    """Items of the same votes are one kind; the bootstrap needs to know no more than how many there are of each.

    frequency    (P,) number of items of each kind
    sums         (P, S) what one item of a kind adds to the sums
    value        (B, S) sums -> (B,) coefficients, NaN where there is nothing to compare
    """

    frequency: NDArray[np.int64]
    sums: scipy.sparse.csr_array
    value: Callable[[Floats], Floats]


def bootstrap(tally: Tally, *, replicates: int, confidence: float, seed: int) -> Agreement:
    if not 0 < confidence < 1 or replicates < 0:
        raise ValueError(f"confidence must be between 0 and 1 and replicates from 0 on; got {confidence}, {replicates}")
    n_items = int(tally.frequency.sum())
    value = float(_values(tally, tally.frequency[None, :])[0])
    if n_items < 2 or not replicates:
        return Agreement(value, np.nan, np.nan, n_items, confidence)
    values = np.concatenate([_values(tally, draws) for draws in _resamples(tally, n_items, replicates, seed)])
    values = values[~np.isnan(values)]
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail]) if values.size else (np.nan, np.nan)
    return Agreement(value, float(low), float(high), n_items, confidence)


def _values(tally: Tally, frequency: NDArray[np.int64]) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return tally.value((tally.sums.T @ frequency.T.astype(np.float64)).T)


def _resamples(tally: Tally, n_items: int, replicates: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """(up to some hundreds, P) how often each kind was drawn, in blocks that fit the memory."""
    rng = np.random.default_rng(seed)
    block = max(1, CELLS // max(tally.sums.shape))
    for start in range(0, replicates, block):
        yield rng.multinomial(n_items, tally.frequency / n_items, size=min(block, replicates - start))
