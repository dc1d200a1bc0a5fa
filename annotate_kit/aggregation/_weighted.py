"""Weighted votes: what the methods that give every person one weight have in common."""

import numpy as np
from numpy.typing import ArrayLike

from ._result import normalised
from ._votes import Floats, Votes


def winners(votes: Votes, weights: Floats | None = None) -> Floats:
    """(N, K) one on the label with most weight; tied labels share it, items without votes have none."""
    tally = votes.tally if weights is None else votes.weighted_tally(weights)
    best = tally.max(axis=1, keepdims=True)
    won = (tally >= best - 1e-9 * np.maximum(1.0, np.abs(best))).astype(np.float64)
    won[votes.per_item == 0] = 0.0
    return won / np.maximum(won.sum(axis=1, keepdims=True), 1.0)


def agreement_with(votes: Votes, truth: Floats, missing: float) -> Floats:
    """(A,) the share of each person's votes that the truth, (N, K), bears out; `missing` for people without votes."""
    right = np.bincount(votes.annotator, truth.ravel()[votes.cell], votes.n_annotators)
    return np.where(votes.per_annotator > 0, right / np.maximum(votes.per_annotator, 1), missing)


def weighted_shares(votes: Votes, weights: Floats) -> Floats:
    """(N, K) shares of the weights, none of them below zero; where all weights are nothing, shares of the votes."""
    return normalised(votes.weighted_tally(np.maximum(weights, 0.0)), normalised(votes.tally))


def checked_weights(votes: Votes, weights: ArrayLike) -> Floats:
    """(A,) weights; ValueError unless there is one an annotator and none is below zero."""
    checked = np.asarray(weights, dtype=np.float64)
    if checked.shape != (votes.n_annotators,) or not (checked >= 0).all():
        raise ValueError(f"weights must be {votes.n_annotators} numbers from 0 on, one an annotator")
    return checked
