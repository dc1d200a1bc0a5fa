"""One more vote: refresh an item's probability in microseconds, between full runs.

Everything else, people's matrices above all, stays as the last full run left it.
"""

import numpy as np

from ._result import Result
from ._votes import Floats

FLOOR = 1e-9
"""No vote makes a label impossible: the next full run may see it otherwise."""


def update(result: Result, item: int, annotator: int | None, label: int, *, withdrawn: bool = False) -> Floats:
    """Refresh `result.beliefs[item]` by one vote, in place, and return it, (K,).

    `annotator` is a row of the last run, or None for somebody who was not in it and counts as the average person.
    `withdrawn` takes a vote back. IndexError for an item, annotator or label that the result does not have.
    """
    row = revise(result.beliefs[item], likelihood(result, annotator, label), withdrawn=withdrawn)
    result.beliefs[item] = row
    return row


def revise(row: Floats, likelihood: Floats, *, withdrawn: bool = False) -> Floats:
    """Bayes' rule for one item: probability, (K,), times how probable the vote is under each label, (K,)."""
    likelihood = np.maximum(likelihood, FLOOR)
    row = np.maximum(row, FLOOR)
    row = row / likelihood if withdrawn else row * likelihood
    return row / row.sum()


def likelihood(result: Result, annotator: int | None, label: int) -> Floats:
    """(K,) how probable it is that this person says the label, under each true label."""
    K = result.beliefs.shape[1]
    if not 0 <= label < K:
        raise IndexError(f"label {label} is not one of the {K} of this result")
    if result.confusion is not None:
        column = result.confusion[:, :, label]
        return column.mean(axis=0) if annotator is None else column[annotator]
    skill = float(result.skill.mean() if annotator is None else result.skill[annotator])
    right = min(max(skill, 0.01), 0.99)
    says = np.full(K, (1 - right) / max(1, K - 1))
    says[label] = right
    return says
