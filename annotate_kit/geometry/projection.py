"""The few directions that show most of how items differ.

Halko, Martinsson & Tropp 2011, "Finding structure with randomness".
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.geometry import mapped

POWERS = 4
MORE = 8
FITTED_ON = 4096


def directions(X: Any, k: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """(d, k at most) orthonormal: the right singular vectors of the largest singular values of X, dense or CSR."""
    from scipy import sparse

    if not sparse.issparse(X):
        return _directions(X, k, rng)
    occurring = np.flatnonzero(X.getnnz(axis=0))
    occurring_axes = _directions(X[:, occurring], k, rng)
    axes = np.zeros((X.shape[1], occurring_axes.shape[1]), dtype=np.float32)
    axes[occurring] = occurring_axes
    return axes


def projected(X: Any, k: int, rng: np.random.Generator, rows: NDArray[np.intp] | None = None) -> NDArray[np.float32]:
    """(n, k at most): the principal components of dense X, the singular ones of a CSR matrix, found in a sample.

    Of these `rows` alone where they are named, so that a mapped array is not read as a whole.
    """
    from scipy import sparse

    wanted = X if rows is None else mapped.rows(X, rows)
    if not sparse.issparse(X) and X.shape[1] <= k:
        return np.ascontiguousarray(wanted, dtype=np.float32)
    sample = mapped.rows(X, np.sort(rng.permutation(X.shape[0])[:FITTED_ON]))
    if sparse.issparse(X):
        return np.asarray(wanted @ directions(sample, k, rng), dtype=np.float32)
    sample = np.asarray(sample, dtype=np.float32)
    centre = sample.mean(axis=0)
    axes = directions(sample - centre, k, rng)
    return np.asarray(np.asarray(wanted, dtype=np.float32) @ axes - centre @ axes, dtype=np.float32)


def _directions(X: Any, k: int, rng: np.random.Generator) -> NDArray[np.float32]:
    size = min(k + MORE, *X.shape)
    basis = _orthonormal(np.asarray(X @ rng.standard_normal((X.shape[1], size)).astype(np.float32)))
    for _ in range(POWERS):
        basis = _orthonormal(np.asarray(X @ _orthonormal(np.asarray(X.T @ basis))))
    _, _, vectors = np.linalg.svd(np.asarray(X.T @ basis).T, full_matrices=False)
    return np.ascontiguousarray(vectors[:k].T, dtype=np.float32)


def _orthonormal(columns: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.linalg.qr(columns)[0]
