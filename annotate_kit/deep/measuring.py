"""What a network's logits are worth against the labels: loss, accuracies, calibration."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BINS = 15
MANY_LABELS = 8
"""From so many labels on, whether the right one is among the first two and five is told too, as peerannot does."""


def measure(logits: Floats, truth: Ints) -> dict[str, float]:
    """loss, accuracy in per cent, ece, and from eight labels on micro_top2, micro_top5, macro_top2, macro_top5."""
    log_p = log_softmax(logits.astype(np.float64), axis=1)
    right = log_p.argmax(axis=1) == truth
    figures = {
        "loss": -float(log_p[np.arange(len(truth)), truth].mean()),
        "accuracy": 100 * float(right.mean()),
        "ece": calibration_error(np.exp(log_p.max(axis=1)), right),
    }
    if logits.shape[1] >= MANY_LABELS:
        for k in (2, 5):
            among = (np.argsort(-log_p, axis=1, kind="stable")[:, :k] == truth[:, None]).any(axis=1)
            figures[f"micro_top{k}"] = 100 * float(among.mean())
            figures[f"macro_top{k}"] = 100 * float(
                np.mean([among[truth == label].mean() for label in np.unique(truth)])
            )
    return figures


def calibration_error(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Expected calibration error: the mean distance of confidence and accuracy in fifteen bins of the confidence."""
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    off = np.bincount(place, confidence - right, BINS)
    return float(np.abs(off).sum() / len(right))
