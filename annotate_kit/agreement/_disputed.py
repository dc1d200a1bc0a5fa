"""Which items people disagreement most."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes

from ._units import label_counts, last_votes


@dataclass(frozen=True, eq=False)
class Disputed:
    """Items, the most disputed first.

    item       (L,) their numbers
    dispute    (L,) chance that two votes drawn from the item's, with replacement, differ: 0 to 1 - 1/K
    counts     (L, K) votes for each label
    """

    item: NDArray[np.int64]
    dispute: NDArray[np.float64]
    counts: NDArray[np.int64]


def most_disputed(votes: Votes, limit: int = 20) -> Disputed:
    """The up to `limit` items whose votes differ most; of equal ones that with more votes, then the lower number."""
    votes = last_votes(votes)
    counts = label_counts(votes)
    agreeing = np.asarray((counts * counts).sum(axis=1), dtype=np.float64)
    disagreement = 1 - agreeing / np.maximum(votes.per_item, 1) ** 2
    disagreement[votes.per_item < 2] = 0.0
    order = np.lexsort((-votes.per_item, -disagreement.round(12)))
    order = order[disagreement[order] > 0][:limit]
    return Disputed(order, disagreement[order], counts[order].toarray())
