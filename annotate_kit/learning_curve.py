"""What more labels are expected to bring: a power law through the points of a learning curve.

The error is c + a · labels^-b, after Cortes et al. 1993, "Learning curves: asymptotic values and rate of convergence".
For each exponent b the curve is linear in a and c, so both are fitted by weighted least squares; exponents count by how
well they fit, and the interval is that of the mixture of their Student distributions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # which loads a part of itself when that is first used
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEWEST = 5  # points
EXPONENTS = np.geomspace(0.05, 2.0, 40)
WIDEST = 0.1  # an interval of more than so much on either side says nothing
LEVEL = 0.95
WORST = 4.0  # times the variance that chance gives: such points follow no such curve
LEAST = 0.5  # of that variance: points on the same test items scatter less around their curve than it around the truth


@dataclass(frozen=True)
class Forecast:
    """How much higher the score is expected to be with `labels` more, and the 95 % interval around that."""

    labels: int
    gain: float
    low: float
    high: float


def forecast(labels: Sequence[int], scores: Sequence[float], tested: Sequence[int], more: int) -> Forecast | None:
    """What so many labels more bring beyond the last point; None with fewer than five points, or where none can tell.

    labels  (n,) ascending, each once
    scores  (n,) shares of right answers, from 0 to 1, on `tested` (n,) items
    """
    n, error = np.asarray(labels, dtype=np.float64), 1 - np.asarray(scores, dtype=np.float64)
    if len(n) < FEWEST:
        return None
    items = np.asarray(tested, dtype=np.float64)
    smoothed = (error * items + 1) / (items + 2)
    variance = smoothed * (1 - smoothed) / items
    fits = [_fit(n, error, variance, exponent, more) for exponent in EXPONENTS]
    squares, gains, spreads = (np.array(each) for each in zip(*fits, strict=True))
    freedom = len(n) - 3
    scatter = max(float(squares.min()) / freedom, LEAST)
    if scatter > WORST:
        return None
    weight = np.exp(-0.5 * (squares - squares.min()) / scatter)
    weight /= weight.sum()
    scales = np.sqrt(scatter) * spreads
    low, high = (_quantile(share, gains, scales, weight, freedom) for share in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    if high - low > 2 * WIDEST or high < 0:
        return None
    return Forecast(more, float(weight @ gains), low, high)


def _fit(n: Floats, error: Floats, variance: Floats, exponent: float, more: int) -> tuple[float, float, float]:
    """Of one exponent: the weighted squares, the gain, and its standard error in units of the points' noise."""
    root = 1 / np.sqrt(variance)
    design = np.stack([np.ones(len(n)), n**-exponent], axis=1) * root[:, np.newaxis]
    inverse = np.linalg.pinv(design.T @ design)
    solution = inverse @ design.T @ (error * root)
    squares = float(((design @ solution - error * root) ** 2).sum())
    step = n[-1] ** -exponent - (n[-1] + more) ** -exponent
    return squares, float(solution[1] * step), float(np.sqrt(inverse[1, 1]) * step)


def _quantile(share: float, centres: Floats, scales: Floats, weight: Floats, freedom: int) -> float:
    """Of a mixture of Student distributions, by bisection."""
    low, high = -1.0, 1.0
    while high - low > 1e-5:
        middle = (low + high) / 2
        below = float(weight @ scipy.special.stdtr(freedom, (middle - centres) / scales))
        low, high = (middle, high) if below < share else (low, middle)
    return (low + high) / 2
