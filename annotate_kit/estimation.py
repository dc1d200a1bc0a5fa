"""How frequent each label is in a whole project, from few labels drawn at random and predictions of all items.

Angelopoulos, Duchi & Zrnic 2023, "PPI++: efficient prediction-powered inference".
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Interval:
    """An estimated share and the interval that holds the true one at the confidence asked for; from 0 to 1."""

    share: float
    low: float
    high: float


def classical(y: ArrayLike, confidence: float = 0.95) -> Interval:
    """The mean of y (n,), 0 or 1 or shares, of items drawn at random, by Student's t."""
    values = _checked("y", y)
    return _interval(float(values.mean()), float(values.var(ddof=1)) / len(values), len(values), confidence)


def prediction_powered(y: ArrayLike, f: ArrayLike, f_all: ArrayLike, confidence: float = 0.95) -> Interval:
    """The mean of y over all items, of which y (n,) is known for items drawn at random.

    f (n,) and f_all (N,) are a model's predictions of y for these and for all others; it may be wrong in any way,
    but must not have learned from y. The better it is, the narrower the interval; a bad one is weighed with nearly 0.
    """
    values, known, others = _checked("y", y), _checked("f", f), np.asarray(f_all, dtype=np.float64)
    if len(values) != len(known):
        raise ValueError(f"y and f belong to the same items, there are {len(values)} and {len(known)}")
    if not len(others):
        return classical(values, confidence)
    n, n_all = len(values), len(others)
    weight = _weight(values, known, others)
    share = weight * float(others.mean()) + float((values - weight * known).mean())
    variance = weight**2 * float(others.var()) / n_all + float((values - weight * known).var(ddof=1)) / n
    return _interval(share, variance, n, confidence)


def _weight(y: NDArray[np.float64], f: NDArray[np.float64], f_all: NDArray[np.float64]) -> float:
    """How much to trust the predictions: that which makes the variance the least, from 0 to 1."""
    spread = float(np.concatenate([f, f_all]).var())
    if spread <= 0:
        return 0.0
    covariance = float(((y - y.mean()) * (f - f.mean())).sum()) / (len(y) - 1)
    return min(1.0, max(0.0, covariance / ((1 + len(y) / len(f_all)) * spread)))


def _interval(share: float, variance: float, n: int, confidence: float) -> Interval:
    """By Student's t, with 1 / (n + 4)² more variance: few items that agree do not prove that all do."""
    from scipy.special import stdtrit  # all of scipy.stats takes a second to import

    reach = float(stdtrit(n - 1, (1 + confidence) / 2)) * sqrt(variance + 1 / (n + 4) ** 2)
    share = min(1.0, max(0.0, share))
    return Interval(share, max(0.0, share - reach), min(1.0, share + reach))


def _checked(name: str, values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or len(array) < 2:
        raise ValueError(f"{name} must be two numbers or more, its shape is {array.shape}")
    return array
