"""Smallest margin between the two likeliest labels.

Scheffer, Decomain & Wrobel 2001, "Active hidden Markov models for information extraction".
"""

import numpy as np

from annotate_kit.acquisition import Pool, Scores, judge

needs = frozenset({"proba"})


def score(pool: Pool) -> Scores:
    """One minus the margin: 0 where the model is sure, 1 where two labels are equally likely."""
    return judge(pool, _closeness)


def _closeness(proba: np.ndarray) -> np.ndarray:
    if proba.shape[1] == 2:
        return 1 - np.abs(proba[:, 0] - proba[:, 1])
    ordered = np.partition(proba, -2, axis=1)
    return 1 - (ordered[:, -1] - ordered[:, -2])
