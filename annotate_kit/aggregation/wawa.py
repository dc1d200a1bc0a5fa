"""Wawa (worker agreement with aggregate).

A majority vote, then one more in which everyone counts as much as they agreed with the first. Appen's method.
"""

from annotate_kit.aggregation._result import Result
from annotate_kit.aggregation._votes import Votes
from annotate_kit.aggregation._weighted import agreement_with, weighted_shares, winners


def aggregate(votes: Votes) -> Result:
    """Probability is the share of the weighted votes; skill is the agreement with the first majority."""
    skill = agreement_with(votes, winners(votes), missing=1 / votes.n_labels)
    return Result(weighted_shares(votes, skill), skill, iterations=1)
