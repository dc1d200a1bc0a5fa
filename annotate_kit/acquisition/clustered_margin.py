"""Small margins, one of each cluster.

After Zhdanov 2019, "Diverse mini-batch active learning", and Citovsky et al. 2021, "Batch active learning at scale".
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.acquisition import Pool, Scores, margin, top
from annotate_kit.geometry.clustering import k_means
from annotate_kit.geometry.projection import projected

needs = frozenset({"proba", "features"})

TIMES = 5  # as many candidates a place
PLANE = 32


def score(pool: Pool) -> Scores:
    """One minus the margin, as `margin` has it."""
    return margin.score(pool)


def select(candidates: Pool, k: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """The least sure item of each of k clusters of the 5 k least sure items; the least sure of these first."""
    return highest_of_clusters(score(candidates), candidates.required("features"), k, rng)


def highest_of_clusters(scores: Scores, features: Any, k: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """The places of k items: of each of k clusters of the 5 k highest scores the highest; the highest of these first.

    Clusters are sought in 32 dimensions, and an item weighs as much as its score.
    """
    candidates = top(scores, TIMES * k)
    points = projected(features, PLANE, rng, candidates)
    cluster = k_means(points, k, rng, scores[candidates])
    _, first = np.unique(cluster, return_index=True)
    first.sort()
    others = np.setdiff1d(np.arange(len(candidates)), first)
    return candidates[np.concatenate([first, others])][:k]
