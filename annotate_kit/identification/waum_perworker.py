"""Weighted areas under the margin, a classifier a person (WAUM per worker).

As WAUM, but each person's votes train a classifier of their own, so that nobody's labels move another's margins. For
people of many votes; with few, WAUM.

T. Lefort, B. Charlier, A. Joly, J. Salmon (2022), Identify ambiguous tasks combining crowdsourced labels by weighting
areas under the margin. arXiv:2209.15380.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotate_kit import progress
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
    estimator: Callable[[], Estimator] | None = None,
    seed: int = 0,
) -> NDArray[np.float64]:
    """(N,) the weighted areas; NaN for items without votes. `estimator` makes a fresh one for each person."""
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
    estimator: Callable[[], Estimator] | None = None,
    seed: int = 0,
) -> Areas:
    """The areas of items and votes, and how far each vote was trusted."""
    ready = prepared(X, votes)
    above = Above(pleiss, topk)
    margins, trust = np.zeros(len(votes)), np.zeros(len(votes))
    order = np.argsort(votes.annotator, kind="stable")
    each = np.split(order, np.flatnonzero(np.diff(votes.annotator[order])) + 1)
    for number, own in enumerate(each):
        progress.tell("worker", number, len(each))
        if not len(own):
            continue
        model = SoftmaxByEpochs(seed) if estimator is None else estimator()
        label = votes.label[own]
        margins[own], p = area(model, ready[votes.item[own]], label, votes.n_labels, epochs, softmax, above)
        trust[own] = p @ np.diag(np.nan_to_num(confusion[votes.annotator[own[0]]]))
    return weighted(votes, margins, trust)
