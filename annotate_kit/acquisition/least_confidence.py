"""Least confidence in the likeliest label.

Lewis & Gale 1994, "A sequential algorithm for training text classifiers".
"""

from annotate_kit.acquisition import Pool, Scores, judge

needs = frozenset({"proba"})


def score(pool: Pool) -> Scores:
    """One minus the probability of the likeliest label: from 0 to 1 - 1/K."""
    return judge(pool, lambda proba: 1 - proba.max(axis=1))
