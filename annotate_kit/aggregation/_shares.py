"""How common each label is: from the majorities, and from what gold says of the majorities' errors."""

import numpy as np
from numpy.typing import NDArray

from ._result import normalised
from ._votes import Floats, Votes
from ._weighted import winners

PER_LABEL = 5.0
"""How many known items a label the shares without gold are worth beside gold."""
ROW_VOTES, ROW_ACCURACY = 4.0, 0.8
"""How many majorities a true label starts with before gold counts, and how many of them are right."""
ITERATIONS, TOLERANCE = 200, 1e-6


def label_shares(votes: Votes, weights: Floats, known: NDArray[np.int64] | None = None) -> Floats:
    """(K,) how common each label is, given what each person's vote weighs, (A,), and (N,) known labels, -1 elsewhere.

    Iterating over this, as Dawid–Skene does, lets one label swallow the others on thin crowds; so it is read from the
    weighted majorities once. Shares that are no further from equal than the disagreement e could have brought them
    are taken as equal (shrinkage after James and Stein). Known labels correct them by label shift.
    """
    K = votes.n_labels
    if not len(votes):
        return np.full(K, 1 / K)
    e = 1 - float((votes.tally * normalised(votes.tally)).sum()) / max(float(votes.tally.sum()), 1e-9)
    won = winners(votes, weights)
    q = won[votes.per_item > 0].mean(axis=0)
    distance = float(((q - 1 / K) ** 2).sum())
    share_of_signal = max(0.0, 1 - 0.4 * e**2 / K / max(distance, 1e-12))
    p = np.maximum(1 / K + share_of_signal * (q - 1 / K), 0.3 * q) + 0.1 / votes.n_items
    p /= p.sum()
    if known is None:
        return p
    those = np.flatnonzero((known >= 0) & (votes.per_item > 0))
    return _shifted(p, q, won[those], known[those]) if len(those) else p


def _shifted(p: Floats, q: Floats, won: Floats, known: NDArray[np.int64]) -> Floats:
    """(K,) the shares under which the majorities' errors on known items make the majorities' shares q.

    Gold may be drawn at random or balanced: only the errors given the truth are counted, so the shares of gold do not
    matter. EM on q = p C (Saerens et al. 2002, Lipton et al. 2018), with `PER_LABEL` items of p a label beforehand.
    """
    K, n = len(p), len(known)
    C = np.full((K, K), ROW_VOTES * (1 - ROW_ACCURACY) / max(1, K - 1))  # (K true, K majority)
    np.fill_diagonal(C, ROW_VOTES * ROW_ACCURACY)
    np.add.at(C, known, won)
    C /= C.sum(axis=1, keepdims=True)
    before, weight = p, PER_LABEL * K
    for _ in range(ITERATIONS):
        joint = C * p[:, None]
        last, p = p, (n * (joint / joint.sum(axis=0)) @ q + weight * before) / (n + weight)
        if np.abs(p - last).max() <= TOLERANCE:
            break
    return p / p.sum()
