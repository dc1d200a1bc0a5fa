"""What people say of the items that they were given."""

import numpy as np
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes

from ._crowd import Crowd, Floats, Plan

Ints = NDArray[np.int64]

CELLS = 2**22
"""Numbers held at once (32 MB)."""


def vote(item: Ints, annotator: Ints, truth: Ints, crowd: Crowd, plan: Plan, rng: np.random.Generator) -> Votes:
    label = _by_matrix(crowd.matrices, annotator, truth[item], rng)
    if crowd.difficulties is not None:
        difficulty = crowd.difficulties[item]
        guess = rng.integers(plan.n_labels, size=len(item))
        label = np.select([difficulty == "easy", difficulty == "random"], [truth[item], guess], label)
    return Votes(item, annotator, label, plan.n_items, plan.n_annotators, plan.n_labels)


def _by_matrix(matrices: Floats, annotator: Ints, truth: Ints, rng: np.random.Generator) -> Ints:
    """One label for each vote, drawn from its annotator's row of the true label."""
    steps = matrices.cumsum(axis=2)
    steps /= steps[:, :, -1:]
    label = np.empty(len(annotator), dtype=np.int64)
    block = max(1, CELLS // matrices.shape[-1])
    for start in range(0, len(label), block):
        here = slice(start, start + block)
        uniform = rng.random((len(annotator[here]), 1))
        label[here] = (uniform >= steps[annotator[here], truth[here]]).sum(axis=1)
    return label
