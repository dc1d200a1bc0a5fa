"""Agreement of answers that have a distance: σ and the distance of two distributions.

Answers to one item should lie closer together than answers to different items. Raw means of overlaps do not see that:
who draws a box in the middle of every picture overlaps everybody.

A. Braylan, O. Alonso, M. Lease (2022), Measuring annotator agreement generally across complex structured,
multi-object, and free-text annotation tasks.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._bootstrap import Agreement

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]

BLOCK = 2**22
"""Numbers held at once while resampling (32 MB)."""


@dataclass(frozen=True, eq=False)
class Distances:
    """Distances, 0 to 1, of pairs of answers.

    item, within        (P,) pairs of answers to one item: the item, and how far apart they are
    one, other, between (M,) pairs of answers to different items: the items, and how far apart they are
    n_items             items are numbered from 0
    """

    item: Ints
    within: Floats
    item_a: Ints
    item_b: Ints
    between: Floats
    n_items: int


def sigma_and_ks(
    distances: Distances, *, replicates: int = 1000, confidence: float = 0.95, seed: int = 0
) -> tuple[Agreement, Agreement]:
    """σ = 1 − mean distance within items ÷ mean distance between items; and KS, the largest difference between the
    shares of pairs, within and between items, that lie closer than any given distance (Kolmogorov–Smirnov).

    Both are 1 where people always agree and 0 where items do not matter; the intervals are percentiles over items
    drawn with replacement. NaN where no item has two answers, or all answers are the same.
    """
    if not 0 < confidence < 1 or replicates < 0:
        raise ValueError(f"confidence must be between 0 and 1 and replicates from 0 on; got {confidence}, {replicates}")
    used = np.unique(distances.item)
    figures = _figures(distances, np.ones((1, distances.n_items)))[:, 0]
    if len(used) < 2 or not replicates:
        return _agreement(figures[0], None, len(used), confidence), _agreement(figures[1], None, len(used), confidence)
    rng = np.random.default_rng(seed)
    step = max(1, BLOCK // (len(distances.within) + len(distances.between) + 1))
    drawn = []
    for start in range(0, replicates, step):
        size = min(step, replicates - start)
        weight = np.zeros((size, distances.n_items))
        weight[:, used] = rng.multinomial(len(used), np.full(len(used), 1 / len(used)), size=size)
        drawn.append(_figures(distances, weight))
    sampled = np.concatenate(drawn, axis=1)
    sigma, ks = (_agreement(*pair, len(used), confidence) for pair in zip(figures, sampled, strict=True))
    return sigma, ks


def _agreement(value: float, sampled: Floats | None, n_items: int, confidence: float) -> Agreement:
    tail = (1 - confidence) / 2
    sampled = np.zeros(0) if sampled is None else sampled[~np.isnan(sampled)]
    low, high = np.quantile(sampled, [tail, 1 - tail]) if sampled.size else (np.nan, np.nan)
    return Agreement(float(value), float(low), float(high), n_items, confidence)


def _figures(distances: Distances, weight: Floats) -> Floats:
    """(2, B) σ and KS where each item counts `weight`, (B, n_items)."""
    within = weight[:, distances.item]
    between = weight[:, distances.item_a] * weight[:, distances.item_b]
    with np.errstate(invalid="ignore", divide="ignore"):
        sigma = 1 - _mean(within, distances.within) / _mean(between, distances.between)
        values = np.concatenate([distances.within, distances.between])
        order = np.argsort(values, kind="stable")
        last = np.append(np.diff(values[order]) > 0, True)
        of_within = np.concatenate([within, np.zeros_like(between)], axis=1)[:, order].cumsum(axis=1)
        of_between = np.concatenate([np.zeros_like(within), between], axis=1)[:, order].cumsum(axis=1)
        if not len(values):
            return np.full((2, len(weight)), np.nan)
        apart = of_within / of_within[:, -1:] - of_between / of_between[:, -1:]
    return np.stack([np.where(np.isfinite(sigma), sigma, np.nan), apart[:, last].max(axis=1)])


def _mean(weight: Floats, values: Floats) -> Floats:
    return np.asarray(weight @ values / weight.sum(axis=1))
