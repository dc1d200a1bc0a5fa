"""Small margins, as many of each predicted label.

After Bengar et al. 2022, "Class-balanced active learning for image classification", without its integer programme.
"""

import numpy as np
from numpy.typing import NDArray

from annotate_kit.acquisition import Pool, Scores, margin, top

needs = frozenset({"proba"})


def score(pool: Pool) -> Scores:
    """One minus the margin, as `margin` has it."""
    return margin.score(pool)


def select(candidates: Pool, k: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """The next item is always of the predicted label with the fewest answers so far, and of these the least sure."""
    order = top(score(candidates), len(candidates))
    predicted = candidates.required("proba")[order].argmax(axis=1)
    n_labels = candidates.required("proba").shape[1]
    counts = np.zeros(n_labels) if candidates.counts is None else np.asarray(candidates.counts, dtype=np.float64)
    turn = np.empty(len(order))  # how many answers the item's label will have when its turn comes
    for label in range(n_labels):
        members = np.flatnonzero(predicted == label)
        turn[members] = counts[label] + np.arange(len(members))
    return order[np.argsort(turn, kind="stable")][:k]
