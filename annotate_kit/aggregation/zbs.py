"""Zero-based skill.

Weights start at chance and move step by step, each step smaller, towards agreement with the vote that they make.
Toloka's method, after crowd-kit.
"""

import numpy as np

from annotate_kit.aggregation._result import Result
from annotate_kit.aggregation._votes import Votes
from annotate_kit.aggregation._weighted import agreement_with, weighted_shares, winners


def aggregate(
    votes: Votes, *, iterations: int = 100, rate: float = 1.0, halve_every: int = 20, epsilon: float = 1e-5
) -> Result:
    """Take `iterations` steps of size `rate`, halved every `halve_every`; stop early when no step moves anyone."""
    skill = np.full(votes.n_annotators, min(1.0, 1 / votes.n_labels + epsilon))
    taken, settled = 0, False
    while taken < iterations and not settled:
        taken += 1
        if taken % halve_every == 0:
            rate /= 2
        step = rate * (agreement_with(votes, winners(votes, skill), missing=1 / votes.n_labels) - skill)
        skill = skill + step
        settled = bool((np.abs(step) < 1e-9).all())
    return Result(weighted_shares(votes, skill), skill.clip(0, 1), iterations=taken, converged=settled)
