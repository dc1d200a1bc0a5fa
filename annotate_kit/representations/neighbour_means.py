"""Vectors, each half way to the mean of its nearest neighbours.

Neighbours tend to share a label, so the mean of several says more than one alone; a linear model on such rows sees
clusters before anybody has labelled them. After Wu et al. 2019, "Simplifying graph convolutional networks".
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.geometry.neighbours import neighbour_means, unit_rows
from annotate_kit.representations import Views

VERSION = 1

NEIGHBOURS = 15


@dataclass(frozen=True)
class NeighbourMeans:
    """`reference` holds rows of length 1: the items among which neighbours are sought."""

    reference: NDArray[np.float32]

    def rows(self, views: Views) -> NDArray[np.float32]:
        """(n, d): half the vector of length 1, half the weighted mean of its 15 nearest among the reference."""
        if views.vectors is None:
            raise ValueError("neighbour_means needs vectors")
        own = unit_rows(views.vectors)
        return (own + neighbour_means(own, self.reference, NEIGHBOURS)) / 2

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"reference": self.reference}


def fit(views: Views, seed: int) -> NeighbourMeans:
    """The items themselves are the reference. Nothing is drawn at random."""
    if views.vectors is None:
        raise ValueError("neighbour_means needs vectors")
    return NeighbourMeans(unit_rows(views.vectors))


def load(arrays: dict[str, NDArray[Any]]) -> NeighbourMeans:
    return NeighbourMeans(arrays["reference"])
