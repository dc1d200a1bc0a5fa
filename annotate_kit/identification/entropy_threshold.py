"""Entropy of a person's labels.

0 = always says the same. `kept` drops the most monotonous people, as crowd-kit's function of this name does.
"""

import numpy as np
import scipy  # which loads a part of itself when that is first used
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes

ABOUT = "annotators"
SUSPECT = "low"


def score(votes: Votes) -> NDArray[np.float64]:
    """(A,) entropy of the labels that each person used, natural units, 0 to ln K; NaN for people without votes."""
    cells = votes.annotator.astype(np.int64) * votes.n_labels + votes.label
    used = np.bincount(cells, minlength=votes.n_annotators * votes.n_labels).reshape(-1, votes.n_labels)
    n = np.where(votes.per_annotator > 0, votes.per_annotator, np.nan)
    return scipy.special.entr(used / n[:, None]).sum(axis=1)


def kept(votes: Votes, percentile: float = 10, min_answers: int = 2) -> NDArray[np.bool_]:
    """(A,) False for people of at least `min_answers` votes whose entropy is at or below that percentile of all's."""
    scores = score(votes)
    is_defined = ~np.isnan(scores)
    if not is_defined.any():
        return np.ones(votes.n_annotators, dtype=bool)
    cutoff = np.percentile(scores[is_defined], percentile)
    return ~((votes.per_annotator >= min_answers) & (scores <= cutoff))
