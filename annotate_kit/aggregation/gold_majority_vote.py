"""Gold-weighted majority vote.

Everyone counts as much as they were right on the items whose label is known.
"""

from numpy.typing import ArrayLike

from annotate_kit.aggregation._known import impose, known_labels
from annotate_kit.aggregation._result import Result, normalised
from annotate_kit.aggregation._votes import Votes
from annotate_kit.aggregation._weighted import agreement_with, weighted_shares


def aggregate(votes: Votes, *, gold: ArrayLike, smoothing: float = 1.0) -> Result:
    """Weigh votes by accuracy on gold. `gold` is (N,) known labels, -1 where unknown.

    `smoothing` votes of the crowd's own accuracy on gold are given to everyone, so that who met no gold counts as
    the average person; with 0 they do not count. ValueError when no gold item has votes.
    """
    known = known_labels(votes, gold)
    on_gold = known[votes.item] >= 0
    if not on_gold.any() and len(votes):
        raise ValueError("gold_majority_vote needs votes on items whose label is known; there are none")
    tested = votes.where(on_gold)
    truth = impose(normalised(votes.tally), known)
    crowd = float(truth.ravel()[tested.cell].mean()) if len(tested) else 1 / votes.n_labels
    share, n = agreement_with(tested, truth, missing=0.0), tested.per_annotator
    skill = (share * n + smoothing * crowd) / (n + smoothing).clip(min=1e-12)
    return Result(impose(weighted_shares(votes, skill), known), skill, iterations=1)
