"""What every method answers."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ._votes import Floats, Votes


@dataclass
class Result:
    """What the votes say of N items and A annotators, with K labels.

    beliefs          (N, K) probability of each label; rows sum to one, also for items without votes
    skill            (A,) 0 to 1: the share of this person's votes that are right, as the method sees it
    confusion        (A, K, K) or None: probability of saying the last label when the middle one is true
    difficulty       (N,) 0 to 1 or None: 0 = everybody gets it right, 1 = skill does not help
    log_likelihood   what the method climbs, one number an iteration (empty when it climbs nothing)
    abstained        (N,) or None: True where the method declines to name a label
    together         pairs of people who make the same errors, and the share of votes that one has from the other
    """

    beliefs: Floats
    skill: Floats
    confusion: Floats | None = None
    difficulty: Floats | None = None
    log_likelihood: list[float] = field(default_factory=list)
    iterations: int = 0
    converged: bool = True
    abstained: NDArray[np.bool_] | None = None
    prior: Floats | None = None
    seed: int | None = None
    together: list[tuple[int, int, float]] = field(default_factory=list)

    def labels(self, seed: int | None = None) -> NDArray[np.int64]:
        """(N,) the label of most probability; -1 where the method abstains.

        Ties go to the lowest label, or to a random one of the tied when there is a `seed`, here or in `aggregate`.
        """
        seed = self.seed if seed is None else seed
        tied = self.beliefs >= self.beliefs.max(axis=1, keepdims=True) - 1e-9
        if seed is not None:
            tie_breaks = np.random.default_rng(seed).random(self.beliefs.shape)
            tied = np.where(tied, tie_breaks, -1.0)
        labels = tied.argmax(axis=1)
        return labels if self.abstained is None else np.where(self.abstained, -1, labels)


def expected_accuracy(votes: Votes, T: Floats) -> Floats:
    """(A,) how many of each person's votes are right by the probabilities; the crowd's own share without votes."""
    right = np.bincount(votes.annotator, T[votes.item, votes.label], votes.n_annotators)
    overall = right.sum() / len(votes) if len(votes) else 1.0 / votes.n_labels
    return np.where(votes.per_annotator > 0, right / np.maximum(votes.per_annotator, 1), overall).clip(0.0, 1.0)


def normalised(weights: Floats, fallback: Floats | None = None) -> Floats:
    """Rows of weights made to sum to one; rows of nothing become those of the fallback, or uniform."""
    total = weights.sum(axis=1, keepdims=True)
    empty = np.full(weights.shape[1], 1 / weights.shape[1]) if fallback is None else fallback
    return np.where(total > 0, weights / np.where(total > 0, total, 1.0), empty)
