"""Vote shares.

Probability is the share of the votes, as peerannot's naive soft labels.
"""

from annotate_kit.aggregation._result import Result, expected_accuracy, normalised
from annotate_kit.aggregation._votes import Votes


def aggregate(votes: Votes, *, smoothing: float = 0.0) -> Result:
    """Shares of the votes, after `smoothing` votes were added to every label of every item."""
    T = normalised(votes.tally + smoothing)
    return Result(T, expected_accuracy(votes, T))
