"""Settings of estimators that are chosen by cross-validated log loss, and chosen again as labels come in."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
MOST_ROWS = 1500  # a sample of so many says enough, and keeps a round short
GROWN = 1.5  # settings are chosen again when there are so many times as many labels
STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # of logistic regression, the least regularised last
USUAL = 3.0
TEMPERATURES = (0.4, 0.55, 0.75, 1.0, 1.35, 1.8, 2.5, 3.5)
_LEAST = 1e-4

Tuning = dict[str, float]
PredictPart = Callable[[NDArray[np.intp], NDArray[np.intp]], Sequence[Any]]
Outcome = tuple[Sequence[NDArray[np.floating]], NDArray[np.intp]]  # of each setting (n, K); the n true labels


def is_due(tuning: Tuning | None, n: int) -> bool:
    """Whether there are no settings yet, or half as many labels have come since they were chosen."""
    return not tuning or n >= GROWN * tuning.get("n", 0)


def out_of_fold(
    y: NDArray[np.intp],
    settings: int,
    predict: Callable[[NDArray[np.intp], NDArray[np.intp]], Sequence[Any]],
    seed: int,
) -> Outcome | None:
    """What `predict(train, test)` gives for rows left out in turn, for each setting; None with too few of a label.

    Only labels with two members or more take part, each in every fold's training rows.
    """
    rng = np.random.default_rng(seed)
    counts = np.bincount(y)
    rows = np.flatnonzero(counts[y] >= 2)
    rows = np.sort(rng.permutation(rows)[:MOST_ROWS])
    if len(rows) < 4 or len(np.unique(y[rows])) < 2:
        return None
    fold = _folds(y[rows], rng)
    parts: list[list[Any]] = [[] for _ in range(settings)]
    truth = []
    for number in range(fold.max() + 1):
        train, test = rows[fold != number], rows[fold == number]
        if len(np.unique(y[train])) < 2:
            continue
        for setting, proba in enumerate(predict(train, test)):
            parts[setting].append(proba)
        truth.append(y[test])
    return [np.vstack(part) for part in parts], np.concatenate(truth)


def _folds(y: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    """Dealt out label by label, so that each fold has its share of each."""
    shuffled = rng.permutation(len(y))
    shuffled = shuffled[np.argsort(y[shuffled], kind="stable")]
    fold = np.empty(len(y), dtype=np.intp)
    fold[shuffled] = np.arange(len(y)) % FOLDS
    return fold


def log_loss(proba: NDArray[np.floating], y: NDArray[np.intp]) -> float:
    """The mean surprise; no probability counts as less than a ten-thousandth."""
    return float(-np.log(np.clip(proba[np.arange(len(y)), y], _LEAST, 1)).mean())


def sharpened(proba: NDArray[np.floating], temperature: float) -> NDArray[np.float64]:
    """Probabilities to the power of 1 / temperature: above 1 they come nearer to each other."""
    logs = np.log(np.clip(proba.astype(np.float64), 1e-9, 1)) / temperature
    logs -= logs.max(axis=1, keepdims=True)
    powers = np.exp(logs)
    return powers / powers.sum(axis=1, keepdims=True)


def best_temperature(proba: NDArray[np.floating], y: NDArray[np.intp]) -> float:
    """That under which the probabilities are the least surprised by y. Guo et al. 2017, "On calibration"."""
    return min(TEMPERATURES, key=lambda temperature: log_loss(sharpened(proba, temperature), y))
