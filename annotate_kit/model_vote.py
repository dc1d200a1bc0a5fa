"""A model as one more annotator: how it errs, and what people and it believe together.

A model that has not learned from an item says a label of it, and how sure it is: one of K labels × S levels. What it
says counts by its own confusion table, as an annotator's vote does (Dawid & Skene 1979; with a model in the crowd Goh,
Tkachenko & Mueller 2022, "CROWDLAB"). The table is measured on items that several people answered, and is drawn towards
that of a model that knows nothing: such a model weighs nothing, and so does one of which little is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LEVELS: Sequence[float] = (0.6, 0.9)
"""The confidences at which a model's vote becomes a surer one: three levels."""
SAYINGS = len(LEVELS) + 1
PRIOR = 10.0
"""How many items' worth of a model that knows nothing its table starts with."""
ITERATIONS = 20
FOLDS = 5
SURE = 1.645
"""How many standard errors above zero a gain is that is sure; a likely one is one above."""


def sayings(label: ArrayLike, confidence: ArrayLike) -> Integers:
    """(N,) what a model says of items: label (N,) × levels + the level of its confidence (N,); -1 where label is."""
    labels = np.asarray(label, dtype=np.int64)
    return np.where(labels < 0, -1, labels * SAYINGS + np.searchsorted(LEVELS, confidence, side="right"))


@dataclass(frozen=True, slots=True)
class Table:
    """How often a model says each thing of items of each label.

    counts  (K, K·S)
    shares  (M, K) what each of the M items by which it was measured has in them, in the column of its saying
    """

    counts: Floats
    shares: Floats


def measured(posterior: Floats, saying: Integers) -> Table:
    """What the model says (M,) of items of each label, as people's votes (M, K) and it together believe them.

    By expectation maximisation, as with Dawid and Skene; what people's votes say is fixed, so there is one maximum. An
    item has no say in how the model's vote on itself counts.
    """
    table = Table(_counts(posterior, saying), posterior)
    for _ in range(ITERATIONS):
        together = combined(posterior, saying, table.counts, table.shares)
        table = Table(_counts(together, saying), together)
    return table


def _counts(probabilities: Floats, saying: Integers) -> Floats:
    n_labels = probabilities.shape[1]
    table = np.zeros((n_labels * SAYINGS, n_labels))
    np.add.at(table, saying, probabilities)
    return table.T


def combined(posterior: Floats, saying: Integers, counts: Floats, shares: Floats | None = None) -> Floats:
    """(N, K) the posterior of people's votes (N, K) × the chance that the model says what it says (N,).

    Rows where it says nothing, -1, are left as they are. `counts` (K, K·S) are those of a `Table`; of items by which it
    was measured `shares` (N, K) are taken out of them, those of others being zero.
    """
    rows = np.flatnonzero(saying >= 0)
    says, believed = saying[rows], posterior[rows]
    own = 0.0 if shares is None else shares[rows]
    of_saying = np.maximum(counts[:, says].T - own, 0)
    of_label = np.maximum(counts.sum(axis=1) - own, of_saying)
    at_large = (of_saying.sum(axis=1) + 1e-3) / (of_label.sum(axis=1) + 1e-3 * counts.shape[1])
    likelihood = (of_saying + PRIOR * at_large[:, np.newaxis]) / (of_label + PRIOR)
    together = posterior.astype(np.float64)
    together[rows] = believed * likelihood
    together[rows] /= together[rows].sum(axis=1, keepdims=True)
    return together


@dataclass(frozen=True, slots=True)
class Gain:
    """How much more probable other people's votes are by a few votes with the model's than without, in nats an item."""

    value: float
    error: float

    @property
    def is_likely(self) -> bool:
        return self.value > self.error

    @property
    def is_sure(self) -> bool:
        return self.value > SURE * self.error


def gain(few: Floats, others: Floats, prior: Floats, saying: Integers, rng: np.random.Generator) -> Gain:
    """How much better a few votes with the model's foresee other votes, cross-validated.

    few     (M, K) the posterior of a few votes on each item
    others  (M, K) the posterior of the other votes on it; it holds the prior (K,) as well
    saying  (M,) what the model says of it; its table is measured on items on which it is not tested
    """
    fold = rng.permutation(len(saying)) % FOLDS
    differences = np.zeros(len(saying))
    votes = others / prior
    for number in range(FOLDS):
        test, rest = fold == number, fold != number
        with_model = combined(few[test], saying[test], measured(others[rest], saying[rest]).counts)
        differences[test] = np.log((with_model * votes[test]).sum(axis=1) / (few[test] * votes[test]).sum(axis=1))
    error = float(differences.std(ddof=1)) / len(saying) ** 0.5 if len(saying) > 1 else np.inf
    return Gain(float(differences.mean()) if len(saying) else 0.0, error)
