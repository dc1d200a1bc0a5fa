"""Small margins where many items are alike.

Settles & Craven 2008, "An analysis of active learning strategies for sequence labeling tasks": information density.
"""

import numpy as np

from annotate_kit.acquisition import Pool, Scores, in_parts, margin
from annotate_kit.geometry.neighbours import unit_rows

needs = frozenset({"proba", "features", "unlabelled"})


def score(pool: Pool) -> Scores:
    """One minus the margin, times the mean cosine similarity to the pool's sample. Weak models do worse by it."""
    features = pool.required("features")
    # The mean of the products with the sample is the product with its mean.
    middle = np.asarray(unit_rows(pool.required("unlabelled")).mean(axis=0)).ravel()
    likeness = in_parts(features, lambda X: unit_rows(X) @ middle)
    return margin.score(pool) * likeness.clip(0, None)
