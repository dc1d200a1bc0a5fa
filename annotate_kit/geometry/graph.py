"""Items joined to their nearest neighbours, and labels that spread along the joints.

Zhou et al. 2004, "Learning with local and global consistency".
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.geometry.neighbours import nearest, unit_rows

NEIGHBOURS = 10
ALPHA = 0.9  # how much an item takes from its neighbours
STEPS = 30


class Graph:
    """Items without labels, joined to their neighbours: made once, and used for every set of labels.

    X (n, d): dense rows. To each set of labelled rows the graph is extended by these.
    """

    def __init__(self, X: NDArray[np.float32]) -> None:
        self.rows = unit_rows(X)
        places, similarities = nearest(self.rows, self.rows, NEIGHBOURS, but_equals=True)
        distances = _distances(similarities)
        usual = distances[np.isfinite(distances)]
        self.width = float(np.median(usual)) if len(usual) and np.median(usual) > 0 else 1.0
        self.joints = (places, self._strength(similarities))

    def spread(self, X: NDArray[np.float32], Y: NDArray[np.floating]) -> "Spread":
        """The labels Y (m, K), weights from 0 on, of the rows X (m, d), after they have spread over all items."""
        labelled = unit_rows(X)
        everything = np.vstack([self.rows, labelled])
        links = self._links(labelled, everything)
        normalised = _normalised(links)
        start = np.vstack([np.zeros((len(self.rows), Y.shape[1])), Y])
        start /= np.maximum(start.sum(axis=0), 1e-9)  # each label spreads as much
        shares = start
        for _ in range(STEPS):
            shares = ALPHA * (normalised @ shares) + (1 - ALPHA) * start
        return Spread(everything, _shares(shares), self.width)

    def _links(self, labelled: NDArray[np.float32], everything: NDArray[np.float32]) -> Any:
        """The joints of the graph, and those of its extension with all rows: symmetric, (n + m, n + m)."""
        from scipy.sparse import csr_matrix, vstack

        n, size = len(self.rows), len(everything)
        places, similarities = nearest(labelled, everything, NEIGHBOURS)
        strength = self._strength(similarities)
        strength[places == np.arange(n, size)[:, np.newaxis]] = 0  # nobody is joined to themselves
        links = vstack([_matrix(*self.joints, size), _matrix(places, strength, size)], format="csr")
        return csr_matrix(links.maximum(links.T))

    def _strength(self, similarities: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.exp(-_distances(similarities) / self.width)


class Spread:
    """What every item of a graph is believed to be, and by it any other row."""

    def __init__(self, rows: NDArray[np.float32], shares: NDArray[np.float64], width: float) -> None:
        self.rows, self.shares, self.width = rows, shares, width

    def proba(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """(m, K): the mean of the nearest items' shares; of a row that is in the graph, mostly its own."""
        places, similarities = nearest(unit_rows(X), self.rows, NEIGHBOURS)
        weights = np.exp(-_distances(similarities) / (0.1 * self.width)) + 1e-12
        weights /= weights.sum(axis=1, keepdims=True)
        return np.einsum("mk,mkl->ml", weights, self.shares[places])


def _matrix(places: NDArray[np.intp], strength: NDArray[np.float64], columns: int) -> Any:
    """A row per row of `places`, with what it is joined to."""
    from scipy.sparse import csr_matrix

    n, k = places.shape
    return csr_matrix((strength.ravel(), places.ravel(), np.arange(n + 1) * k), shape=(n, columns))


def _distances(similarities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Squared, of rows of length 1."""
    return np.maximum(2 - 2 * similarities.astype(np.float64), 0)


def _normalised(links: Any) -> Any:
    from scipy.sparse import diags

    degree = np.asarray(links.sum(axis=1)).ravel()
    scale = diags(1 / np.sqrt(np.where(degree > 0, degree, 1)))
    return (scale @ links @ scale).tocsr()


def _shares(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows that sum to 1; what no label has reached is believed to be anything."""
    weights = weights + 1e-9
    return weights / weights.sum(axis=1, keepdims=True)
