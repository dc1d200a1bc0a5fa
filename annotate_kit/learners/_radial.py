"""How like each of some items others are, as columns: what no straight line through vectors parts, a linear model can
learn from these.

C. Williams, M. Seeger (2001), Using the Nyström method to speed up kernel machines.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_LANDMARKS = 300
LEAST_EIGENVALUE = 1e-6


class Radial(NamedTuple):
    """Columns whose products are exp(−|a − b|² ÷ 2σ²), but for their mean and one factor that brings rows to length 1.

    landmarks  (m, d) items that others are compared with
    variance   σ², the sum of the variances of the vectors' columns
    basis      (m, m) from likenesses to columns
    mean       (m,) of the columns
    """

    landmarks: Floats
    variance: Floats
    basis: Floats
    mean: Floats

    @classmethod
    def of(cls, X: Floats) -> "Radial":
        landmarks = X[np.sort(np.random.default_rng(0).permutation(len(X))[:MOST_LANDMARKS])]
        variance = np.maximum(X.var(axis=0).sum(), 1e-12)
        values, vectors = np.linalg.eigh(_likeness(landmarks, landmarks, variance))
        basis = vectors / np.sqrt(values.clip(LEAST_EIGENVALUE))
        columns = _likeness(X, landmarks, variance) @ basis
        mean = columns.mean(axis=0)
        length = np.sqrt(((columns - mean) ** 2).sum(axis=1).mean()) or 1.0
        return cls(landmarks, variance, basis / length, mean / length)

    def apply(self, X: Floats) -> Floats:
        """(n, m)."""
        return _likeness(X, self.landmarks, self.variance) @ self.basis - self.mean


def _likeness(X: Floats, landmarks: Floats, variance: Floats) -> Floats:
    """(n, m) from 0 to 1, where the vectors are the same."""
    squares = (X**2).sum(axis=1)[:, None] + (landmarks**2).sum(axis=1) - 2 * X @ landmarks.T
    return np.asarray(np.exp(-squares.clip(0) / (2 * variance)))
