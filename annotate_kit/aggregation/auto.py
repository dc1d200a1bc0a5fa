"""Automatic (four readings averaged).

No single model is safe: full confusion matrices fail on thin crowds, one number a person fails where labels are
confused in one direction, the majority fails where people differ. So the votes are read four times and the results
averaged: by weighted majority, and by three hierarchical models (see `_hierarchy`) in which a person deviates from
their own knowledge and habits, from their own ability at the crowd's confusions, or straight from those confusions.
Where the readings agree the average is as sharp as they are; where they do not it is as unsure as it should be.
People who make the same errors are one voice (see `_dependence`). Where the votes have two truths behind them, which
none of the models can know, the probabilities go back to the count of the votes.
Each reading, and then their average, is as sure as the errors that people share allow (see `_calibration`). Nothing is
random.
"""

import numpy as np
from numpy.typing import ArrayLike

from annotate_kit import progress
from annotate_kit.aggregation import _calibration, _dependence, one_coin_dawid_skene
from annotate_kit.aggregation._calibration import tempered, to_the_power
from annotate_kit.aggregation._hierarchy import (
    above_chance,
    common_confusions,
    confusions_by_ability,
    habits,
    matrices_of,
    read,
)
from annotate_kit.aggregation._known import impose, known_labels
from annotate_kit.aggregation._result import Result, normalised
from annotate_kit.aggregation._shares import label_shares
from annotate_kit.aggregation._votes import Floats, Votes

READINGS = (habits, confusions_by_ability, common_confusions)
LARGEST = 2**23
"""Most cells that the confusion matrices may have together; beyond, people are read by one number each."""
SECOND_DIMENSION = 0.08, 0.2
"""From which share of the first on a second dimension of agreement is taken seriously, and from which on fully."""
ORDINARY = 5.0
"""How many votes' worth of ordinary agreement with others a person starts with."""


def aggregate(votes: Votes, *, gold: ArrayLike | None = None, independent: bool = True) -> Result:
    """The mean probability of four readings. `gold` is (N,) known labels, -1 where unknown.

    Where items hang together, as the atoms of a text do, `independent` is False: then two people who make one mistake
    make it on several items, and nobody is taken for another's copy.

    `skill` is the chance that a person's vote on a new item is right; `confusion` the mean of the readings' matrices,
    None when there are too many labels for matrices.
    """
    known = known_labels(votes, gold)
    if votes.n_annotators * votes.n_labels**2 > LARGEST:
        return _without_matrices(votes, impose(hedged(votes.tally), known), gold)
    pairs = _dependence.pairs(votes) if independent else None
    counted = two_truths(pairs) if pairs else 0.0
    if pairs and counted < 1:
        votes = one_voice(votes, pairs)
    weights = initial_skill(votes)
    p = label_shares(votes, weights, known)
    tally = votes.weighted_tally(weights)
    start, T_mean = impose(normalised(tally), known), impose(hedged(tally), known)
    pi = np.zeros((votes.n_annotators, votes.n_labels, votes.n_labels))
    iterations, settled = 0, True
    for number, expectation in enumerate(READINGS):
        progress.tell("reading", number, len(READINGS))
        T, matrices, took, converged = read(votes, p, start, known, expectation)
        T_mean += tempered(votes, T, matrices)
        pi += matrices
        iterations, settled = iterations + took, settled and converged
    pi /= len(READINGS)
    T_mean = to_the_power(_calibration.AVERAGED, T_mean / (len(READINGS) + 1))
    if counted:
        count = impose(hedged(votes.tally), known)
        T_mean += counted * (count - T_mean)
        pi += counted * (matrices_of(votes, count) - pi)
    skill = np.trace(pi * p, axis1=1, axis2=2)
    confusion = pi.transpose(0, 2, 1)
    result = Result(T_mean, skill, confusion, iterations=iterations, converged=settled, prior=p)
    result.together = pairs.together() if pairs and counted < 1 else []
    return result


def one_voice(votes: Votes, pairs: _dependence.Pairs) -> Votes:
    """The votes, those of people who make the same errors counting once together."""
    counts = _dependence.voices(votes, pairs)
    return votes if counts is None else votes.counting(counts)


def two_truths(pairs: _dependence.Pairs) -> float:
    """0 to 1: how far the count of the votes should be believed instead of any model with one truth behind them."""
    weak, strong = SECOND_DIMENSION
    return min(1.0, max(0.0, (pairs.second_dimension - weak) / (strong - weak)))


def hedged(tally: Floats) -> Floats:
    """(N, K) shares of the votes, as if one more vote were spread over all labels."""
    return normalised(tally + 1.0 / tally.shape[1])


def initial_skill(votes: Votes) -> Floats:
    """(A,) what a person's vote weighs before any model is fitted; 1 is ordinary.

    It is their agreement with the others on their items, above what their habits would bring by chance. So people who
    say the same whatever they see do not speak for each other, even where they are as many as the careful ones.
    """
    K = votes.n_labels
    others = np.maximum(votes.per_item - 1, 0.0)
    a_vote = np.divide(1.0, np.maximum(others, 1.0), out=np.zeros_like(others), where=others > 0)
    counts = (votes.by_answer.T @ (votes.tally * a_vote[:, None])).reshape(-1, K, K)
    counts[:, np.arange(K), np.arange(K)] -= own_agreement(votes, a_vote)
    agreement = above_chance(counts, ORDINARY)
    n = counts.sum(axis=(1, 2))
    ordinary = float(agreement @ n) / max(float(n.sum()), 1e-9)
    return np.maximum(agreement / ordinary, 0.05) if ordinary > 1e-6 else np.ones(votes.n_annotators)


def own_agreement(votes: Votes, a_vote: Floats) -> Floats:
    """(A, K) how much of the agreement on each label is of a person's votes with themselves."""
    if votes.squares is None:
        return (votes.by_answer.T @ a_vote).reshape(-1, votes.n_labels)
    answer = votes.annotator.astype(np.intp) * votes.n_labels + votes.label
    own = np.bincount(answer, votes.squares * a_vote[votes.item], votes.n_annotators * votes.n_labels)
    return own.astype(np.float64).reshape(-1, votes.n_labels)


def _without_matrices(votes: Votes, majority: Floats, gold: ArrayLike | None) -> Result:
    coin = one_coin_dawid_skene.aggregate(votes, gold=gold, smoothing=2.0)
    coin.beliefs = (majority + coin.beliefs) / 2
    return coin
