"""Entropy of an item's votes.

0 = all agree; ln K = the votes are spread evenly over the labels.
"""

import numpy as np
import scipy  # which loads a part of itself when that is first used
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes

ABOUT = "items"
SUSPECT = "high"


def score(votes: Votes) -> NDArray[np.float64]:
    """(N,) entropy of the shares of the labels in natural units; NaN for items without votes."""
    n = np.where(votes.per_item > 0, votes.per_item, np.nan)
    return scipy.special.entr(votes.tally / n[:, None]).sum(axis=1)
