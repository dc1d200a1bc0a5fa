"""Fleiss' κ.

For any number of people who need not be the same on each item.

J. L. Fleiss (1971), Measuring nominal scale agreement among many raters. There all items have as many votes;
with gaps, each item's agreement P_i is taken over the pairs of votes that it has.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from annotate_kit.aggregation import Votes

from ._bootstrap import Tally
from ._units import units

Floats = NDArray[np.float64]


def tally(votes: Votes) -> Tally:
    """κ of all items with two votes or more; NaN where only one label was ever used, as chance agrees then too."""
    by_unit = units(votes)
    m = by_unit.size
    agreeing = np.asarray((by_unit.counts * by_unit.counts).sum(axis=1))
    P_i = (agreeing - m) / (m * (m - 1))
    return Tally(by_unit.frequency, sparse.hstack([np.stack([P_i, m**0], axis=1), by_unit.counts], format="csr"), kappa)


def kappa(sums: Floats) -> Floats:
    """(B,) of (B, 2 + K) sums of P_i, of items and of votes for each label."""
    P = sums[:, 0] / sums[:, 1]
    p = sums[:, 2:] / sums[:, 2:].sum(axis=1, keepdims=True)
    P_e = (p**2).sum(axis=1)
    return np.where(P_e < 1, (P - P_e) / (1 - P_e), np.nan)
