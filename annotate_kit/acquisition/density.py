"""Small margins where many items are alike.

Settles & Craven 2008, "An analysis of active learning strategies for sequence labeling tasks": information density.
"""

import numpy as np

from annotate_kit.acquisition import Pool, Scores, margin
from annotate_kit.geometry.neighbours import unit_rows

needs = frozenset({"proba", "features", "unlabelled"})

_ROWS_AT_ONCE = 4096


def score(pool: Pool) -> Scores:
    """One minus the margin, times the mean cosine similarity to the pool's sample. Weak models do worse by it."""
    features = pool.required("features")
    # The mean of the products with the sample is the product with its mean.
    middle = np.asarray(unit_rows(pool.required("unlabelled")).mean(axis=0)).ravel()
    scores = margin.score(pool)
    for start in range(0, len(pool), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        scores[rows] *= (unit_rows(features[rows]) @ middle).clip(0, None)
    return scores
