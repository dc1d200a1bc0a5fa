"""Automatic (four readings averaged).

No single model is safe: full confusion matrices fail on thin crowds, one number a person fails where labels are
confused in one direction, the majority fails where people differ. So the votes are read four times and the beliefs
averaged: by majority, and by three hierarchical models (see `_hierarchy`) in which a person deviates from his own
ability at chance errors, from his own ability at the crowd's confusions, or straight from the crowd's confusions.
Where the readings agree the average is as sharp as they are; where they do not it is as unsure as it should be.
Nothing is random and nothing is tuned to a data set.
"""

import numpy as np
from numpy.typing import ArrayLike

from methods.aggregation import one_coin_dawid_skene
from methods.aggregation._hierarchy import read
from methods.aggregation._known import impose, known_labels
from methods.aggregation._result import Result, normalised
from methods.aggregation._votes import Floats, Votes
from methods.aggregation._weighted import winners

READINGS = (
    {"common": False, "ability": True},
    {"common": True, "ability": True},
    {"common": True, "ability": False},
)
LARGEST = 2**23
"""Most cells that the confusion matrices may have together; beyond, people are read by one number each."""


def aggregate(votes: Votes, *, gold: ArrayLike | None = None) -> Result:
    """The mean belief of four readings. `gold` is (N,) known labels, -1 where unknown.

    `skill` is the chance that a person's vote on a new item is right; `confusion` the mean of the readings' matrices,
    None when there are too many labels for matrices.
    """
    known = known_labels(votes, gold)
    majority = impose(hedged_majority(votes), known)
    if votes.n_annotators * votes.n_labels**2 > LARGEST:
        return _without_matrices(votes, majority, gold)
    p = label_shares(votes)
    beliefs, pi = majority, np.zeros((votes.n_annotators, votes.n_labels, votes.n_labels))
    iterations, settled = 0, True
    for levels in READINGS:
        T, matrices, took, converged = read(votes, p, known, **levels)
        beliefs = beliefs + T
        pi += matrices
        iterations, settled = iterations + took, settled and converged
    pi /= len(READINGS)
    skill = np.trace(pi * p, axis1=1, axis2=2)
    beliefs /= len(READINGS) + 1
    return Result(beliefs, skill, pi.transpose(0, 2, 1), None, [], iterations, settled, prior=p)


def hedged_majority(votes: Votes) -> Floats:
    """(N, K) shares of the votes, as if one more vote were spread over all labels."""
    return normalised(votes.tally + 1.0 / votes.n_labels)


def label_shares(votes: Votes) -> Floats:
    """(K,) how common each label is.

    Iterating over this, as Dawid–Skene does, lets one label swallow the others on thin crowds; so it is read from the
    majorities once. Shares that are no further from equal than the disagreement e could have brought them are taken
    as equal (shrinkage after James and Stein).
    """
    K = votes.n_labels
    if not len(votes):
        return np.full(K, 1 / K)
    e = 1 - float((votes.tally * normalised(votes.tally)).sum()) / len(votes)
    q = winners(votes)[votes.per_item > 0].mean(axis=0)
    distance = float(((q - 1 / K) ** 2).sum())
    kept = max(0.0, 1 - 0.4 * e**2 / K / max(distance, 1e-12))
    p = np.maximum(1 / K + kept * (q - 1 / K), 0.3 * q) + 0.1 / votes.n_items
    return p / p.sum()


def _without_matrices(votes: Votes, majority: Floats, gold: ArrayLike | None) -> Result:
    coin = one_coin_dawid_skene.aggregate(votes, gold=gold, smoothing=2.0)
    coin.beliefs = (majority + coin.beliefs) / 2
    return coin
