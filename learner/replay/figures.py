"""What came of a replay: curves over the seeds, labels to a target, and what was saved. Knows no database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESAMPLED = 2000
LOW, HIGH = 5, 95  # per cent: a 90 % interval


@dataclass
class Side:
    """One way to ask and learn. `scores[s][i]` is what seed s reached with `labels[i]` labels."""

    labels: list[int] = field(default_factory=list)
    scores: list[list[float]] = field(default_factory=list)

    def matrix(self) -> NDArray[np.float64]:
        """(seeds, steps) of the steps that every seed has done."""
        steps = min(map(len, self.scores), default=0)
        return np.array([scores[:steps] for scores in self.scores])

    def curve(self) -> list[list[float]]:
        """[labels, mean, low, high] of each step; low and high hold nine tenths of the seeds."""
        matrix = self.matrix()
        if not matrix.size:
            return []
        low, high = np.percentile(matrix, [LOW, HIGH], axis=0)
        rows = zip(self.labels, matrix.mean(axis=0), low, high, strict=False)
        return [[labels, *(round(float(value), 5) for value in values)] for labels, *values in rows]


def labels_to(target: float, labels: Sequence[int], mean: NDArray[np.float64]) -> int | None:
    """The number of labels with which the mean score first reaches the target; None if it never does."""
    reached = np.flatnonzero(mean >= target)
    return int(labels[reached[0]]) if len(reached) else None


def outcome(tried: Side, random: Side, targets: Sequence[float], seed: int = 0) -> dict[str, Any]:
    """Labels to the target on both sides, and the share saved with its 90 % interval.

    `targets` holds one for each seed, and a curve has to reach their mean. The interval is from seeds drawn with
    replacement. Where random order never reaches the target, all labels that it was given count, so the saving is at
    least as large as said.
    """
    with_strategy, at_random = labels_of(tried, targets), labels_of(random, targets)
    savings = _resampled(tried, random, targets, np.random.default_rng(seed))
    low, high = np.percentile(savings, [LOW, HIGH]) if len(savings) else (None, None)
    return {
        "target": round(float(np.mean(targets)), 5),
        "labels_to_target": with_strategy,
        "random_labels_to_target": at_random,
        "saving": _saving(with_strategy, at_random, random),
        "saving_low": None if low is None else round(float(low), 4),
        "saving_high": None if high is None else round(float(high), 4),
    }


def labels_of(side: Side, targets: Sequence[float], seeds: NDArray[np.intp] | None = None) -> int | None:
    """The labels with which a side's mean curve first reaches the mean target, of all seeds or of these."""
    matrix, goals = side.matrix(), np.asarray(targets)
    if not matrix.size:
        return None
    if seeds is not None:
        matrix, goals = matrix[seeds], goals[seeds]
    return labels_to(float(goals.mean()), side.labels, matrix.mean(axis=0))


def _saving(with_strategy: int | None, at_random: int | None, random: Side) -> float | None:
    if with_strategy is None or not random.labels:
        return None
    return round(1 - with_strategy / (at_random or random.labels[-1]), 4)


def _resampled(tried: Side, random: Side, targets: Sequence[float], rng: np.random.Generator) -> list[float]:
    """The saving among seeds drawn with replacement; of draws that never reach the target, all labels count."""
    n = len(tried.scores)
    if not n or not tried.labels or not random.labels:
        return []
    savings = []
    for _ in range(RESAMPLED):
        seeds = rng.integers(n, size=n)
        labels_tried = labels_of(tried, targets, seeds) or tried.labels[-1]
        labels_random = labels_of(random, targets, seeds) or random.labels[-1]
        savings.append(1 - labels_tried / labels_random)
    return savings


def never_below(tried: Side, random: Side) -> bool:
    """Whether the mean curve is nowhere below random order's by more than the standard error of their difference."""
    common = [place for place, labels in enumerate(tried.labels) if labels in random.labels]
    a, b = tried.matrix(), random.matrix()
    for place in common:
        other = random.labels.index(tried.labels[place])
        if place >= a.shape[1] or other >= b.shape[1]:
            continue
        difference = a[:, place] - b[:, other]
        error = difference.std(ddof=1) / np.sqrt(len(difference)) if len(difference) > 1 else 0.0
        if difference.mean() < -error - 1e-9:
            return False
    return True
