"""Weighted by Dawid–Skene (WDS).

Dawid–Skene says how often a person is right about each label; their votes for a label count that much. peerannot's
compromise between the majority vote and Dawid–Skene.
"""

import numpy as np
from numpy.typing import ArrayLike

from annotate_kit.aggregation import dawid_skene
from annotate_kit.aggregation._known import impose, known_labels
from annotate_kit.aggregation._result import Result, normalised
from annotate_kit.aggregation._votes import Votes


def aggregate(
    votes: Votes,
    *,
    max_iterations: int = 100,
    tolerance: float = 1e-6,
    smoothing: float = 0.0,
    gold: ArrayLike | None = None,
) -> Result:
    """Options are those of `dawid_skene`; probabilities are shares of the weighted votes, the rest is its own."""
    result = dawid_skene.aggregate(
        votes, max_iterations=max_iterations, tolerance=tolerance, smoothing=smoothing, gold=gold
    )
    assert result.confusion is not None
    right = np.diagonal(result.confusion, axis1=1, axis2=2)
    tally = votes.spread(right[votes.annotator, votes.label])
    result.beliefs = impose(normalised(tally), known_labels(votes, gold))
    return result
