"""Likely members of the labels that are rare so far.

The expected gain for the rarest: after Hospedales, Gong & Xiang 2013, "Finding rare classes".
"""

import numpy as np

from annotate_kit.acquisition import Pool, Scores

needs = frozenset({"proba"})


def score(pool: Pool) -> Scores:
    """The mean of an item's probabilities, weighted by 1 / (1 + how often each label was given so far).

    Without the pool's `counts`, a label is as frequent as the model expects of the pool itself.
    """
    proba = pool.required("proba")
    counts = proba.sum(axis=0) if pool.counts is None else np.asarray(pool.counts, dtype=np.float64)
    weights = 1 / (1 + counts)
    return (proba @ (weights / weights.sum())).astype(np.float64)
