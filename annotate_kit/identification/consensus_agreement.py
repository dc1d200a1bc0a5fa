"""Agreement with the consensus.

How often a person says what the others say, or what the consensus is.
"""

import numpy as np
import scipy  # which loads a part of itself when that is first used
from numpy.typing import ArrayLike, NDArray

from annotate_kit.aggregation import Votes
from annotate_kit.agreement import last_votes

ABOUT = "annotators"
SUSPECT = "low"

Floats = NDArray[np.float64]


def score(votes: Votes, consensus: ArrayLike | None = None) -> Floats:
    """(A,) share of each person's votes that agree, 0 to 1; NaN for people without votes that can be compared.

    Without a `consensus` each vote is held against the majority of the *others'* votes on its item: a person's own
    vote never helps. Where the others tie, it agrees in part. With one, (N,) labels and -1 for none, against that.
    """
    agreeing, compared = _counts(votes, consensus)
    return _share(agreeing, compared)


def interval(votes: Votes, consensus: ArrayLike | None = None, confidence: float = 0.95) -> Floats:
    """(A, 2) ends of the score's interval (E. B. Wilson, 1927); NaN as the score."""
    agreeing, compared = _counts(votes, consensus)
    z = scipy.special.ndtri((1 + confidence) / 2)
    n = np.where(compared > 0, compared, np.nan)
    p = agreeing / n
    middle = p + z**2 / (2 * n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return np.stack([middle - half, middle + half], axis=1) / (1 + z**2 / n)[:, None]


def _counts(votes: Votes, consensus: ArrayLike | None) -> tuple[Floats, Floats]:
    """(A,) votes that agree and (A,) votes that could be compared."""
    votes = last_votes(votes)
    if consensus is None:
        agrees, comparable = _with_the_others(votes), votes.per_item[votes.item] > 1
    else:
        agreed = _looked_at(votes, consensus)[votes.item]
        agrees, comparable = (agreed == votes.label).astype(np.float64), agreed >= 0
    agreeing = np.bincount(votes.annotator, agrees * comparable, votes.n_annotators)
    compared = np.bincount(votes.annotator, comparable, votes.n_annotators)
    return agreeing.astype(np.float64), compared.astype(np.float64)


def _with_the_others(votes: Votes) -> Floats:
    """(V,) for each vote, whether the majority of the other votes says the same; 1/t where t labels tie and it is one.

    Taking one vote away, its label can only lead if it led alone: by more than one vote it still does, by one it ties
    with all labels that come second.
    """
    ranked = np.sort(votes.tally, axis=1)
    top = ranked[:, -1]
    second = ranked[:, -2] if votes.n_labels > 1 else np.zeros_like(top)
    tied = 1 + (votes.tally == second[:, None]).sum(axis=1)
    credit = np.where(top - second > 1, 1.0, np.where(top - second == 1, 1 / tied, 0.0))
    leads = votes.tally[votes.item, votes.label] == top[votes.item]
    return np.where(leads, credit[votes.item], 0.0)


def _looked_at(votes: Votes, consensus: ArrayLike) -> NDArray[np.int64]:
    labels = np.asarray(consensus)
    if labels.shape != (votes.n_items,) or labels.dtype.kind not in "iu":
        raise ValueError(f"consensus must be {votes.n_items} whole numbers, one an item, -1 for none")
    return labels.astype(np.int64)


def _share(agreeing: Floats, compared: Floats) -> Floats:
    return np.divide(agreeing, compared, out=np.full_like(agreeing, np.nan), where=compared > 0)
