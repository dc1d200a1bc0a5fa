"""Labels that are probably wrong, by probabilities of models that had not seen the items.

Northcutt, Jiang & Chuang 2021, "Confident learning: estimating uncertainty in dataset labels".
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

REPLICATES = 200


@dataclass(frozen=True)
class Suspects:
    """Of n labelled items, those whose label may be wrong: `order` (m,) are their places, the most suspect first.

    `share` of the n labels are estimated to be wrong, with a 95 % interval. What the model itself gets wrong counts as
    well, so it is rather too high where the model is weak.
    """

    order: NDArray[np.intp]
    share: float
    low: float
    high: float


def suspects(labels: ArrayLike, proba: ArrayLike, seed: int = 0) -> Suspects:
    """Of labels (n,), as positions, by out-of-fold probabilities (n, K).

    Suspect is every label but the model's. First come those where the model believes its own as much as it usually does
    where that one is given; each part is in the order of how much more the model believes its own. For the share only
    the former count: the confident joint. The interval is over items, and reaches up to the share of all suspects.
    """
    labels, proba = np.asarray(labels, dtype=np.int64), np.asarray(proba, dtype=np.float64)
    if not len(labels):
        return Suspects(np.empty(0, dtype=np.intp), 0.0, 0.0, 0.0)
    is_suspect = proba.argmax(axis=1) != labels
    rows = np.flatnonzero(is_suspect)
    margin = proba[rows, labels[rows]] - proba[rows].max(axis=1)
    confident = _confident_labels(labels, proba)
    unsure = (confident[rows] < 0) | (confident[rows] == labels[rows])
    share = _share_of_wrong(labels, confident, proba.shape[1])
    low, high = _interval(labels, confident, is_suspect, proba.shape[1], seed)
    return Suspects(rows[np.lexsort((margin, unsure))], share, min(low, share), max(high, share))


def _confident_labels(labels: NDArray[np.int64], proba: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) the likeliest of the labels that are believed as much as usual where they are given; -1 where none is."""
    K = proba.shape[1]
    often = np.bincount(labels, minlength=K)
    usual = np.bincount(labels, weights=proba[np.arange(len(labels)), labels], minlength=K) / np.maximum(often, 1)
    reached = np.where((proba >= np.where(often > 0, usual, np.inf)), proba, -1.0)
    return np.where(reached.max(axis=1) >= 0, reached.argmax(axis=1), -1)


def _share_of_wrong(labels: NDArray[np.int64], confident: NDArray[np.int64], K: int) -> float:
    """The share off the diagonal of the confident joint, each given label counted as often as it is given."""
    is_confident = confident >= 0
    joint = np.bincount(labels[is_confident] * K + confident[is_confident], minlength=K * K).reshape(K, K)
    counted = joint.sum(axis=1)
    wrong = np.where(counted > 0, 1 - np.diag(joint) / np.maximum(counted, 1), 0.0)
    return float((np.bincount(labels, minlength=K) * wrong).sum() / len(labels))


def _interval(
    labels: NDArray[np.int64], confident: NDArray[np.int64], is_suspect: NDArray[np.bool_], K: int, seed: int
) -> tuple[float, float]:
    """By resampling items; no narrower than what none out of so many items could show (the rule of three)."""
    rng = np.random.default_rng(seed)
    samples = [rng.integers(len(labels), size=len(labels)) for _ in range(REPLICATES)]
    low = np.quantile([_share_of_wrong(labels[rows], confident[rows], K) for rows in samples], 0.025)
    high = np.quantile([is_suspect[rows].mean() for rows in samples], 0.975)
    return float(low), float(max(high, min(1.0, 3 / len(labels))))
