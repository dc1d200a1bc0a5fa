"""Area under the margin (AUM).

How far the item's label is above the others while a classifier is trained, on the mean of the epochs: low where the
label is wrong.

G. Pleiss, T. Zhang, E. Elenberg, K. Weinberger (2020), Identifying mislabeled data using the area under the margin
ranking. NeurIPS.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotate_kit.aggregation import Votes, aggregate

from ._margins import Above, Estimator, SoftmaxByEpochs, area, prepared

ABOUT = "items"
SUSPECT = "low"


def score(
    votes: Votes,
    X: Any,
    labels: ArrayLike | None = None,
    *,
    epochs: int = 50,
    pleiss: bool = False,
    topk: int = 1,
    estimator: Estimator | None = None,
    seed: int = 0,
) -> NDArray[np.float64]:
    """(N,) the area under the margin of the logits; NaN for items without a label.

    X           (N, F) features
    labels      (N,) labels, -1 where there is none; without them the votes' majority
    estimator   with `partial_fit`, fresh; without one softmax regression by gradient descent
    """
    y = majority(votes) if labels is None else np.asarray(labels)
    if y.shape != (votes.n_items,) or y.dtype.kind not in "iu" or (y >= votes.n_labels).any() or (y < -1).any():
        raise ValueError(f"labels must be {votes.n_items} whole numbers, -1 to {votes.n_labels - 1}, one an item")
    rows = np.flatnonzero(y >= 0)
    areas = np.full(votes.n_items, np.nan)
    if len(rows):
        taken = prepared(X, votes)[rows]
        model = SoftmaxByEpochs(seed) if estimator is None else estimator
        above = Above(pleiss, topk)
        areas[rows], _ = area(model, taken, y[rows], votes.n_labels, epochs, lambda logits: logits, above)
    return areas


def majority(votes: Votes) -> NDArray[np.int64]:
    """(N,) the majority's labels, -1 where there are no votes."""
    return np.where(votes.per_item > 0, aggregate(votes, "majority_vote").labels(), -1)
