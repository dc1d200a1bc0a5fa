"""Krippendorff's α.

For any number of people, with gaps, and for labels that are names, ranks or numbers.

K. Krippendorff (2011), Computing Krippendorff's alpha-reliability. In its notation o_ck are the coincidences of labels
c and k within items, n_c their row sums and δ² the metric: α = 1 - (n - 1) Σ o_ck δ²_ck / Σ n_c n_k δ²_ck.
"""

from __future__ import annotations

import numpy as np
import scipy  # which loads a part of itself when that is first used
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes

from ._bootstrap import Agreement, Tally, bootstrap
from ._units import Units, label_counts, last_votes, units

Floats = NDArray[np.float64]


def tally(votes: Votes, *, metric: str = "nominal") -> Tally:
    """α of all items with two votes or more; 1 where only one label was ever used.

    metric    "nominal": labels are names; "ordinal": ranks, 0 the lowest; "interval": equally spaced numbers
    """
    if metric not in METRICS:
        raise ValueError(f"krippendorff has no metric {metric!r}; it has {', '.join(METRICS)}")
    return METRICS[metric](units(votes))


def measure_by_item(
    votes: Votes, item: NDArray[np.integer], *, replicates: int = 1000, confidence: float = 0.95, seed: int = 0
) -> Agreement:
    """α of votes on parts of items, as the objects of pictures; `item` is (N,), the item that each part is of.

    Parts of one item are not independent of each other, so the interval is over items, not over parts.
    """
    votes = last_votes(votes)
    comparable = np.flatnonzero(votes.per_item >= 2)
    of_parts = nominal(Units(label_counts(votes)[comparable], np.ones(len(comparable), dtype=np.int64)))
    items, number = np.unique(np.asarray(item)[comparable], return_inverse=True)
    shape = (len(items), len(comparable))
    members = scipy.sparse.csr_array((np.ones(len(comparable)), (number, np.arange(len(comparable)))), shape=shape)
    tally = Tally(np.ones(len(items), dtype=np.int64), (members @ of_parts.sums).tocsr(), of_parts.value)
    return bootstrap(tally, replicates=replicates, confidence=confidence, seed=seed)


def nominal(by_unit: Units) -> Tally:
    """δ² = 1 for different labels."""
    m = by_unit.size
    agreeing = np.asarray((by_unit.counts * by_unit.counts).sum(axis=1))
    observed = (m**2 - agreeing) / (m - 1)

    def value(sums: Floats) -> Floats:
        n_c = sums[:, 1:]
        n = n_c.sum(axis=1)
        return alpha(n, sums[:, 0], n**2 - (n_c**2).sum(axis=1))

    return Tally(by_unit.frequency, scipy.sparse.hstack([observed[:, None], by_unit.counts], format="csr"), value)


def interval(by_unit: Units) -> Tally:
    """δ² = (c - k)²; both sums are then variances, as Σ Σ n_c n_k (c - k)² = 2 (n Σ n_c c² - (Σ n_c c)²)."""
    m = by_unit.size
    c = np.arange(by_unit.counts.shape[1], dtype=np.float64)
    first, second = by_unit.counts @ c, by_unit.counts @ c**2
    observed = 2 * (m * second - first**2) / (m - 1)

    def value(sums: Floats) -> Floats:
        observed, n, first, second = sums.T
        return alpha(n, observed, 2 * (n * second - first**2))

    return Tally(by_unit.frequency, scipy.sparse.csr_array(np.stack([observed, m, first, second], axis=1)), value)


def ordinal(by_unit: Units) -> Tally:
    """δ²_ck = (Σ n_g for g from c to k - (n_c + n_k) / 2)²: by the votes between, so each sample has its own."""
    K = by_unit.counts.shape[1]

    def value(sums: Floats) -> Floats:
        o = sums.reshape(-1, K, K)
        n_c = o.sum(axis=2)
        middle = n_c.cumsum(axis=1) - n_c / 2
        delta = (middle[:, :, None] - middle[:, None, :]) ** 2
        expected = (n_c[:, None, :] @ delta @ n_c[:, :, None])[:, 0, 0]
        return alpha(n_c.sum(axis=1), (o * delta).sum(axis=(1, 2)), expected)

    return Tally(by_unit.frequency, coincidences(by_unit), value)


METRICS = {"nominal": nominal, "ordinal": ordinal, "interval": interval}


def alpha(n: Floats, observed: Floats, expected: Floats) -> Floats:
    return np.where(n > 0, np.where(observed > 0, 1 - (n - 1) * observed / expected, 1.0), np.nan)


def coincidences(by_unit: Units) -> scipy.sparse.csr_array:
    """(P, K²) the coincidences that one item of each kind adds: n_c (n_k - [c = k]) / (m - 1)."""
    P, K = by_unit.counts.shape
    row, c, n_c = scipy.sparse.find(by_unit.counts)
    order = np.argsort(row, kind="stable")
    row, c, n_c = row[order], c[order], n_c[order]
    width = np.bincount(row, minlength=P)
    left = np.repeat(np.arange(len(row)), width[row])
    within = np.arange(len(left)) - np.repeat(np.cumsum(width[row]) - width[row], width[row])
    right = (np.cumsum(width) - width)[row[left]] + within
    weight = n_c[left] * (n_c[right] - (left == right)) / (by_unit.size[row[left]] - 1)
    cell = c[left].astype(np.int64) * K + c[right]
    return scipy.sparse.coo_array((weight, (row[left], cell)), shape=(P, K * K)).tocsr()
