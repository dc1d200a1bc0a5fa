"""Disagreement of several models.

McCallum & Nigam 1998, "Employing EM and pool-based active learning for text classification": the mean
Kullback-Leibler divergence of the members from their mean.
"""

import numpy as np

from annotate_kit.acquisition import Pool, Scores

needs = frozenset({"committee"})


def score(pool: Pool) -> Scores:
    """In nats, from 0, where all members believe the same. With several labels an item, the mean over its labels."""
    committee = np.asarray(pool.required("committee"), dtype=np.float64)
    if pool.multilabel:
        return np.mean(_entropy(_yes_no(committee.mean(axis=0))) - _entropy(_yes_no(committee)).mean(axis=0), axis=1)
    return np.maximum(_entropy(committee.mean(axis=0)) - _entropy(committee).mean(axis=0), 0)


def _yes_no(proba: np.ndarray) -> np.ndarray:
    return np.stack([proba, 1 - proba], axis=-1)


def _entropy(proba: np.ndarray) -> np.ndarray:
    return -(proba * np.log(np.clip(proba, 1e-12, 1.0))).sum(axis=-1)
