"""k-means.

Lloyd 1982, "Least squares quantization in PCM"; seeded by Arthur & Vassilvitskii 2007, "k-means++".
"""

import numpy as np
from numpy.typing import NDArray

ROUNDS = 20
DRAWN = 4  # points that are compared for each seed


def k_means(
    points: NDArray[np.float32], k: int, rng: np.random.Generator, weights: NDArray[np.floating] | None = None
) -> NDArray[np.intp]:
    """(n,) the cluster of each of the points (n, d), from 0 to k - 1. Points of more weight draw centres nearer.

    With k points or fewer, each is a cluster of its own.
    """
    if len(points) <= k:
        return np.arange(len(points))
    points = points - points.mean(axis=0)
    w = np.ones(len(points), dtype=np.float32) if weights is None else weights.astype(np.float32) + np.float32(1e-6)
    centres = _seeds(points, k, rng, w)
    nearest = _nearest(points, centres)
    for _ in range(ROUNDS):
        centres = _means(points, nearest, w, centres)
        before, nearest = nearest, _nearest(points, centres)
        if (before == nearest).all():
            break
    return nearest


def _seeds(
    points: NDArray[np.float32], k: int, rng: np.random.Generator, w: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Points that lie far apart: each the best of several, drawn with chances that grow with their distance."""
    chosen = [int(rng.choice(len(points), p=_shares(w)))]
    distance = _squares(points, points[chosen])[:, 0]
    while len(chosen) < k:
        drawn = rng.choice(len(points), DRAWN, p=_shares(distance * w))
        distances = np.minimum(distance[:, np.newaxis], _squares(points, points[drawn]))
        best = int((w @ distances).argmin())
        chosen.append(int(drawn[best]))
        distance = distances[:, best]
    return points[chosen]


def _shares(numbers: NDArray[np.floating]) -> NDArray[np.float64]:
    numbers = numbers.astype(np.float64)
    total = numbers.sum()
    return numbers / total if total > 0 else np.full(len(numbers), 1 / len(numbers))


def _nearest(points: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.intp]:
    return _squares(points, centres).argmin(axis=1)


def _squares(points: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, k) squared distances."""
    squares = np.einsum("nd,nd->n", points, points)[:, np.newaxis] - 2 * (points @ centres.T)
    return np.maximum(squares + np.einsum("kd,kd->k", centres, centres), 0)


def _means(
    points: NDArray[np.float32], nearest: NDArray[np.intp], w: NDArray[np.float32], centres: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The weighted mean of each cluster; an empty one keeps its centre."""
    from scipy.sparse import csr_matrix

    members = csr_matrix((w, (nearest, np.arange(len(points)))), shape=(len(centres), len(points)))
    weight = np.asarray(members.sum(axis=1)).ravel()
    means = (members @ points) / np.where(weight > 0, weight, 1)[:, np.newaxis]
    return np.where(weight[:, np.newaxis] > 0, means, centres).astype(np.float32)
