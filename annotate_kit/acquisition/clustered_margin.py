"""Small margins, one of each cluster.

After Zhdanov 2019, "Diverse mini-batch active learning", and Citovsky et al. 2021, "Batch active learning at scale".
"""

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
    """The least sure item of each of k clusters of the 5 k least sure items; the least sure of these first.

    Clusters are sought in 32 dimensions, and an item weighs what its margin lacks to 1.
    """
    scores = score(candidates)
    unsure = top(scores, TIMES * k)
    points = projected(candidates.required("features"), PLANE, rng, unsure)
    cluster = k_means(points, k, rng, scores[unsure])
    _, first = np.unique(cluster, return_index=True)
    first.sort()
    others = np.setdiff1d(np.arange(len(unsure)), first)
    return unsure[np.concatenate([first, others])][:k]
