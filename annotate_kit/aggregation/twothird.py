"""Two-thirds agreement.

A label is taken when an item has two votes or more and two thirds of them agree; otherwise there is none.
"""

from annotate_kit.aggregation._result import Result, expected_accuracy, normalised
from annotate_kit.aggregation._votes import Votes


def aggregate(votes: Votes, *, share: float = 2 / 3, least: int = 2) -> Result:
    """Probabilities are vote shares; items with fewer than `least` votes or less agreement than `share` get none."""
    T = normalised(votes.tally)
    agreed = (votes.per_item >= least) & (T.max(axis=1) >= share - 1e-12)
    return Result(T, expected_accuracy(votes, T), abstained=~agreed)
