"""What a text means, what its neighbours mean, and its words.

Vectors as `neighbour_means` has them, beside the words in their main directions: Deerwester et al. 1990, "Indexing by
latent semantic analysis". Without vectors, the words themselves beside their main directions.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.geometry.projection import directions
from annotate_kit.geometry.rarity import inverse_frequency, weighted
from annotate_kit.representations import Views, neighbour_means
from annotate_kit.representations.neighbour_means import NeighbourMeans

VERSION = 1

DIRECTIONS = 100
OF_VECTORS, OF_WORDS = 1.5, 0.7


@dataclass(frozen=True)
class JointText:
    """columns (w,) of the words that several texts have; idf (w,) how much they tell; axes (w, directions)."""

    columns: NDArray[np.int64]
    idf: NDArray[np.float32]
    axes: NDArray[np.float32]
    meaning: NeighbourMeans | None

    def rows(self, views: Views) -> Any:
        """(n, d) dense with vectors, else CSR."""
        words = weighted(views.words[:, self.columns], self.idf)
        topics = np.asarray(words @ self.axes, dtype=np.float32)
        if self.meaning is not None:
            return np.hstack([OF_VECTORS * self.meaning.rows(views), OF_WORDS * topics]).astype(np.float32)
        from scipy import sparse

        return sparse.hstack([words, sparse.csr_matrix(topics)], format="csr", dtype=np.float32)

    def arrays(self) -> dict[str, NDArray[Any]]:
        vectors = self.meaning.arrays() if self.meaning is not None else {}
        return {"columns": self.columns, "idf": self.idf, "axes": self.axes, **vectors}


def fit(views: Views, seed: int) -> JointText:
    """Words of at least two texts count, each by how rare it is."""
    if views.words is None:
        raise ValueError("joint_text needs words")
    often = views.words.getnnz(axis=0)
    columns = np.flatnonzero(often > 1)
    if not len(columns):
        columns = np.flatnonzero(often > 0) if often.any() else np.zeros(1, dtype=np.int64)
    idf = inverse_frequency(often[columns], views.words.shape[0])
    axes = directions(weighted(views.words[:, columns], idf), DIRECTIONS, np.random.default_rng(seed))
    meaning = None if views.vectors is None else neighbour_means.fit(views, seed)
    return JointText(columns, idf, axes, meaning)


def load(arrays: dict[str, NDArray[Any]]) -> JointText:
    meaning = NeighbourMeans(arrays["reference"]) if "reference" in arrays else None
    return JointText(arrays["columns"], arrays["idf"], arrays["axes"], meaning)
