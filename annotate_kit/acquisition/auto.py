"""Typical items first, then small margins of every region.

The start is `typiclust`, as long as no model predicts anything; what follows is `clustered_margin`.
"""

import numpy as np
from numpy.typing import NDArray

from annotate_kit.acquisition import Pool, Scores, clustered_margin, margin, top, typiclust

needs = frozenset({"proba", "features", "unlabelled"})


def score(pool: Pool) -> Scores:
    """How typical an item is, or how small its margin where there are probabilities."""
    return typiclust.score(pool) if pool.proba is None else margin.score(pool)


def select(candidates: Pool, k: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """As `typiclust` or `clustered_margin` selects; by score alone where items have no features."""
    if candidates.proba is None:
        return typiclust.select(candidates, k, rng)
    if candidates.features is None:
        return top(margin.score(candidates), k)
    return clustered_margin.select(candidates, k, rng)
