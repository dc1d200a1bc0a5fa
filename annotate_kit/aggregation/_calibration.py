"""How sure a model may be whose people err together on the hard items, although it takes their errors for independent.

Votes that share errors are worth fewer independent ones: n votes whose errors correlate by rho are worth
n / (1 + (n - 1) rho) (Kish's design effect). Probabilities are tempered by that: raised to the power of 1 over it.
"""

import numpy as np
from scipy import sparse

from ._votes import Floats, Votes

SAMPLE = 200_000
"""Votes from which the correlation is estimated; enough for any crowd."""
PLAUSIBLE = 1e-3
"""Labels of an item believed in less than this add nothing to the agreement that is expected."""
UNSEEN = 2.0
"""The correlation beside what is seen of it: a model that was fitted to the votes takes half of it for truth."""
LEAST = 0.03
"""The correlation of errors that every crowd has."""
AVERAGED = 0.9
"""To which power the mean of several models' probabilities is raised: their errors are no more independent."""


def tempered(votes: Votes, T: Floats, pi: Floats) -> Floats:
    """(N, K) the probabilities T of a model with matrices pi, (A, K voted, K true), as sure as they may be."""
    voted = max(1, int((votes.per_item > 0).sum()))
    others = max(0.0, float(votes.per_item.sum()) / voted - 1)
    effect = 1 + others * (UNSEEN * shared_errors(votes, T, pi) + LEAST)
    return to_the_power(1 / effect, T)


def to_the_power(power: float, T: Floats) -> Floats:
    """(N, K) probabilities raised to it and made to sum to one again: below 1 they come nearer to each other."""
    softer = T**power
    softer /= softer.sum(axis=1, keepdims=True)
    return softer


def shared_errors(votes: Votes, T: Floats, pi: Floats) -> float:
    """0 to 1: how much more two people agree on an item than a model expects, as a share of what it leaves open."""
    step = max(1, len(votes) // SAMPLE)
    taken = votes.item % step == 0
    item, label, annotator = votes.item[taken] // step, votes.label[taken], votes.annotator[taken]
    N, K = -(-votes.n_items // step), votes.n_labels
    n = np.bincount(item, minlength=N)
    counts = np.bincount(item * K + label, minlength=N * K).reshape(N, K)
    agreeing = float((counts * (counts - 1.0)).sum())
    expected = 0.0
    voted = sparse.coo_array((np.ones(len(item)), (item, annotator)), shape=(N, votes.n_annotators)).tocsr()
    for true in range(K):
        rows = np.flatnonzero(T[::step, true] > PLAUSIBLE)
        plausible = voted[rows]
        sums = plausible @ pi[:, :, true]
        itself = plausible @ (pi[:, :, true] ** 2).sum(axis=1)
        expected += float(T[::step, true][rows] @ ((sums**2).sum(axis=1) - itself))
    by_chance_at_most = float((n * (n - 1.0)).sum()) - expected
    return min(1.0, max(0.0, (agreeing - expected) / by_chance_at_most)) if by_chance_at_most > 1e-9 else 0.0
