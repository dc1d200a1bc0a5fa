"""How far a round's probabilities can be trusted: of the test items predicted with 80 %, are 80 % right?

Guo et al. 2017, "On calibration of modern neural networks".
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.consensus.annotator_model import Interval, interval
from learner.models import Round

BINS = 10


@dataclass(frozen=True)
class Row:
    """The test items whose predicted label has a probability from `low` to `high`, their mean and the share right."""

    low: float
    high: float
    items: int
    predicted: float
    right: Interval


@dataclass(frozen=True)
class Reliability:
    """`error` is the expected calibration error: how far probability and share are apart, in the mean over items.

    `lean` is the mean probability minus the share right, above 0 where the model is too sure of itself; it is 0 while
    the probability lies in the interval of the share, which chance explains as well.
    """

    rows: list[Row]
    items: int
    error: float
    lean: float


def counted(proba: NDArray[np.floating], answers: NDArray[np.int64]) -> list[list[float]] | None:
    """[items, sum of their probabilities, right ones] of each of ten equal bins; None where items have several labels.

    `proba` (n, L), answers (n,).
    """
    if answers.ndim != 1:
        return None
    top = proba.max(axis=1).astype(np.float64)
    place = np.minimum((top * BINS).astype(np.int64), BINS - 1)
    right = proba.argmax(axis=1) == answers
    sums = [np.bincount(place, weights=weights, minlength=BINS) for weights in (np.ones_like(top), top, right)]
    return [[int(items), round(float(total), 4), int(hits)] for items, total, hits in zip(*sums, strict=True)]


def of(done: Round) -> Reliability | None:
    """None where too few test items had an answer, and in rounds that did not count it."""
    counts: Any = done.record.get("reliability")
    if not counts or done.is_too_early:
        return None
    items, total, hits = np.array(counts, dtype=np.float64).T
    rows = [_row(place, *counts[place]) for place in np.flatnonzero(items).tolist()]
    n = int(items.sum())
    return Reliability(rows, n, float(np.abs(total - hits).sum() / n), _lean(total.sum() / n, hits.sum() / n, n))


def _lean(predicted: float, right: float, n: int) -> float:
    share = interval(right, n)
    return 0.0 if share.low <= predicted <= share.high else float(predicted - right)


def _row(place: int, items: int, total: float, hits: int) -> Row:
    return Row(place / BINS, (place + 1) / BINS, int(items), total / items, interval(hits / items, int(items)))
