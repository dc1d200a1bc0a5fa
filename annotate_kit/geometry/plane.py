"""The two directions in which rows of many numbers differ most, and their places in a drawing.

Principal components; of a CSR matrix, which stays sparse only uncentred, those of its main singular directions.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.geometry.projection import directions

SINGULAR = 32
CLIPPED = 0.005  # of the rows lie on each edge, so that a few far ones do not press all others together


@dataclass(frozen=True)
class Plane:
    """axes (d, 2); low and high (2,) are the products with them that lie on the edges of the drawing."""

    axes: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]

    def places(self, X: Any) -> NDArray[np.float32]:
        """(n, 2): across and up, from 0 to 1, of rows X (n, d), dense or CSR."""
        shares = (np.asarray(X @ self.axes, dtype=np.float32) - self.low) / (self.high - self.low)
        return np.clip(shares, 0, 1)


def fit(X: Any, rng: np.random.Generator) -> Plane:
    """The plane of a sample X (n, d), dense or CSR, one row at least. The same rows and seed give the same plane."""
    axes = _axes(X, rng)
    products = np.asarray(X @ axes, dtype=np.float32)
    low, high = np.quantile(products, [CLIPPED, 1 - CLIPPED], axis=0).astype(np.float32)
    return Plane(axes, low, np.where(high > low, high, low + 1).astype(np.float32))


def _axes(X: Any, rng: np.random.Generator) -> NDArray[np.float32]:
    """(d, 2), each with its largest number above 0; columns of zeros where rows differ in fewer directions."""
    singular = directions(X if hasattr(X, "nnz") else X - X.mean(axis=0), SINGULAR, rng)
    reduced = np.asarray(X @ singular)
    _, _, vectors = np.linalg.svd(reduced - reduced.mean(axis=0), full_matrices=False)
    found_axes = singular @ vectors[:2].T
    axes = np.zeros((X.shape[1], 2), dtype=np.float32)
    axes[:, : found_axes.shape[1]] = found_axes
    largest = axes[np.abs(axes).argmax(axis=0), [0, 1]]
    return axes * np.where(largest < 0, -1, 1).astype(np.float32)
