"""Majority vote.

Every vote counts the same, or what its annotator's weight says.
"""

import numpy as np
from numpy.typing import ArrayLike

from methods.aggregation._result import Result, expected_accuracy, normalised
from methods.aggregation._votes import Votes


def aggregate(votes: Votes, *, weights: ArrayLike | None = None) -> Result:
    """Belief is the share of the votes. `weights`, (A,) from 0 on, let some people count more than others."""
    if weights is None:
        beliefs = normalised(votes.tally)
    else:
        beliefs = normalised(votes.weighted_tally(checked_weights(votes, weights)))
    return Result(beliefs, expected_accuracy(votes, beliefs))


def checked_weights(votes: Votes, weights: ArrayLike) -> np.ndarray:
    checked = np.asarray(weights, dtype=np.float64)
    if checked.shape != (votes.n_annotators,) or not (checked >= 0).all():
        raise ValueError(f"weights must be {votes.n_annotators} numbers from 0 on, one an annotator")
    return checked
