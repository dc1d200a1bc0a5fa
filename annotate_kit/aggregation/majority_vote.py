"""Majority vote.

Every vote counts the same, or what its annotator's weight says.
"""

from numpy.typing import ArrayLike

from annotate_kit.aggregation._result import Result, expected_accuracy, normalised
from annotate_kit.aggregation._votes import Votes
from annotate_kit.aggregation._weighted import checked_weights, weighted_shares


def aggregate(votes: Votes, *, weights: ArrayLike | None = None) -> Result:
    """Probability is the share of the votes. `weights`, (A,) from 0 on, let some people count more than others.

    Ties are for `Result.labels` to break: the lowest label, or a seeded lot.
    """
    T = normalised(votes.tally) if weights is None else weighted_shares(votes, checked_weights(votes, weights))
    return Result(T, expected_accuracy(votes, T))
