"""Iterative weighted majority vote.

Votes weigh as much as their annotator was right by the vote before, again and again.

H. Li, B. Yu (2014), Error rate bounds and iterative weighted majority voting for crowdsourcing. arXiv:1411.4086.
"""

import numpy as np

from annotate_kit import progress
from annotate_kit.aggregation._result import Result
from annotate_kit.aggregation._votes import Floats, Votes
from annotate_kit.aggregation._weighted import agreement_with, weighted_shares, winners

SCALES = ("accuracy", "above_chance")


def aggregate(votes: Votes, *, max_iterations: int = 10, scale: str = "accuracy") -> Result:
    """Weights are the accuracy of the round before, as in peerannot, or K × accuracy − 1, as in the paper.

    Stops when the weights no longer change.
    """
    if scale not in SCALES:
        raise ValueError(f"scale is {scale!r}; it may be {' or '.join(SCALES)}")
    chance = 1 / votes.n_labels
    weights = np.ones(votes.n_annotators)
    skill = agreement_with(votes, winners(votes), chance)
    taken, converged = 0, False
    while taken < max_iterations and not converged:
        progress.tell("iteration", taken, max_iterations)
        before, weights = weights, _weights(skill, votes.n_labels, scale)
        skill = agreement_with(votes, winners(votes, weights), chance)
        converged = np.array_equal(before, weights)
        taken += 1
    return Result(weighted_shares(votes, weights), skill, iterations=taken, converged=converged)


def _weights(skill: Floats, n_labels: int, scale: str) -> Floats:
    return skill if scale == "accuracy" else np.maximum(n_labels * skill - 1, 0.0)
