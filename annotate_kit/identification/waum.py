"""Weighted areas under the margin (WAUM).

One classifier is trained on every vote as a label of its own. Each vote's area under the margin of probabilities is
weighted by how far its author is to be trusted with such an item: the classifier's last word on the item times the
diagonal of their confusion matrix.

T. Lefort, B. Charlier, A. Joly, J. Salmon (2022), Identify ambiguous tasks combining crowdsourced labels by weighting
areas under the margin. arXiv:2209.15380.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotate_kit.aggregation import Votes

from ._confusion import matrices
from ._margins import Above, Areas, Estimator, SoftmaxByEpochs, area, prepared, softmax, weighted

ABOUT = "items"
SUSPECT = "low"


def score(
    votes: Votes,
    X: Any,
    confusion: ArrayLike | None = None,
    max_iterations: int = 50,
    *,
    epochs: int = 50,
    pleiss: bool = False,
    topk: int = 1,
    estimator: Estimator | None = None,
    seed: int = 0,
) -> NDArray[np.float64]:
    """(N,) the weighted areas; NaN for items without votes. `confusion`, (A, K, K), saves running Dawid–Skene."""
    pi = matrices(votes, confusion, max_iterations)
    return areas(votes, X, pi, epochs=epochs, pleiss=pleiss, topk=topk, estimator=estimator, seed=seed).items


def areas(
    votes: Votes,
    X: Any,
    confusion: NDArray[np.float64],
    *,
    epochs: int = 50,
    pleiss: bool = False,
    topk: int = 1,
    estimator: Estimator | None = None,
    seed: int = 0,
) -> Areas:
    """The areas of items and votes, and how far each vote was trusted."""
    ready = prepared(X, votes)
    if not len(votes):
        return weighted(votes, np.zeros(0), np.zeros(0))
    model = SoftmaxByEpochs(seed) if estimator is None else estimator
    above = Above(pleiss, topk)
    margins, p = area(model, ready[votes.item], votes.label, votes.n_labels, epochs, softmax, above)
    right = np.einsum("akk->ak", np.nan_to_num(confusion))
    return weighted(votes, margins, (p * right[votes.annotator]).sum(axis=1))
