"""What random order would have learned, from models of random parts of what is labelled. Knows numbers alone.

Items that a model asked for are harder than items at random. So a part is drawn in such a way that the model is as
sure of its items as of all items of the project: as many from each fifth of sureness. How sure it is, models say that
had not seen the items. Easy items are rare among those asked for, and they limit how large a part can be.

A power law, error = a · labels^-b, is fitted to the scores of the models. Where it reaches the present score is read
off. It has no floor, so it reaches high scores sooner than real curves do, and the saving is rather understated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

STRATA = 5
SIZES = 4
SMALLEST = 10  # labels in a part
SPREAD = 3  # the largest part has at least so many times the labels of the smallest
MOST_ROWS = 2000
SAMPLE = 20_000  # items that say how sure a model is of all
TIE = 1e-3  # what half precision does not tell apart near 1
REACH = 8  # a curve is followed to so many times the labels of its largest part
REPLICATES = 400
QUANTILES = (0.05, 0.95)


@dataclass(frozen=True)
class Needed:
    """Labels that random order needs for a score, with the interval at 90 %; None where it lies beyond `limit`."""

    labels: float | None
    low: float | None
    high: float | None
    limit: float


def _sureness(proba: NDArray[np.floating], multilabel: bool, rng: np.random.Generator) -> NDArray[np.float64]:
    """Of each item; those of equal sureness in random order, for there may be many of which a model is certain."""
    values = proba.astype(np.float64)
    sureness = np.maximum(values, 1 - values).mean(axis=1) if multilabel else values.max(axis=1)
    return sureness + TIE * rng.random(len(sureness))


def strata(
    labelled: NDArray[np.floating], everything: NDArray[np.floating], multilabel: bool, rng: np.random.Generator
) -> list[NDArray[np.intp]]:
    """The rows of `labelled` in each fifth of the sureness of `everything`."""
    sample = everything[np.sort(rng.permutation(len(everything))[:SAMPLE])]
    cuts = np.quantile(_sureness(sample, multilabel, rng), np.linspace(0, 1, STRATA + 1)[1:-1])
    of_each = np.searchsorted(cuts, _sureness(labelled, multilabel, rng))
    return [np.flatnonzero(of_each == stratum) for stratum in range(STRATA)]


def sizes(strata: list[NDArray[np.intp]], n_labels: int) -> list[int]:
    """Of the parts, in even steps of their logarithm; none where the scarcest stratum is too small."""
    largest = min(MOST_ROWS, len(strata) * min(map(len, strata)))
    smallest = max(SMALLEST, 2 * n_labels)
    if largest < SPREAD * smallest:
        return []
    return [int(size) for size in np.geomspace(smallest, largest, SIZES).round()]


def drawn(strata: list[NDArray[np.intp]], size: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """As many rows of each stratum, or one more."""
    each, extra = divmod(size, len(strata))
    more = rng.permutation(len(strata)) < extra
    parts = [rng.permutation(rows)[: each + int(is_larger)] for rows, is_larger in zip(strata, more, strict=True)]
    return np.sort(np.concatenate(parts))


def needed(sizes: Sequence[int], right: NDArray[np.float64], present: NDArray[np.float64], seed: int = 0) -> Needed:
    """Where the curve of random parts reaches the present score.

    sizes (F,) are the labels that each of F models learned from, right (F, n) says how right each is on each of n test
    items, and present (n,) the same of the present model. The interval is that of a bootstrap which draws the items
    and, of each size, the models.
    """
    rng = np.random.default_rng(seed)
    counts = np.asarray(sizes)
    limit, least_error = float(counts.max() * REACH), 0.5 / len(present)
    models = [np.flatnonzero(counts == size) for size in np.unique(counts)]
    replicates = []
    weights = rng.multinomial(len(present), np.full(len(present), 1 / len(present)), size=REPLICATES) / len(present)
    scores, goals = weights @ right.T, weights @ present
    for replicate in range(REPLICATES):
        rows = np.concatenate([rng.choice(same, size=len(same)) for same in models])
        replicates.append(_reached(counts[rows], scores[replicate, rows], float(goals[replicate]), limit, least_error))
    low, high = np.quantile(replicates, QUANTILES, method="inverted_cdf")
    value = _reached(counts, right.mean(axis=1), float(present.mean()), limit, least_error)
    within = [None if labels >= limit else float(labels) for labels in (value, low, high)]
    return Needed(within[0], within[1], within[2], limit)


def _reached(sizes: NDArray[Any], scores: NDArray[np.float64], score: float, limit: float, least_error: float) -> float:
    """The labels at which error = a · labels^-b is that of a score; `limit` where it is farther, or never."""
    errors = np.log(np.maximum(1 - scores, least_error))
    wanted = np.log(max(1 - score, least_error))
    x = np.log(sizes)
    slope = float(((x - x.mean()) * (errors - errors.mean())).sum() / ((x - x.mean()) ** 2).sum())
    if slope >= 0:  # more labels do not help: either every number is enough, or none
        return float(sizes.min()) if errors.mean() <= wanted else limit
    exponent = x.mean() + (wanted - errors.mean()) / slope
    return float(np.exp(min(exponent, np.log(limit))))
