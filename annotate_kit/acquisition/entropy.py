"""Entropy of the predicted labels.

Shannon 1948; as a measure of what to ask, Settles 2009, "Active learning literature survey".
"""

import numpy as np

from annotate_kit.acquisition import Pool, Scores, judge

needs = frozenset({"proba"})


def score(pool: Pool) -> Scores:
    """In nats: from 0 to log K."""
    return judge(pool, lambda proba: -(proba * np.log(np.clip(proba, 1e-12, 1.0))).sum(axis=1))
