"""How good a model is, and how sure we are of that."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.agreement import cohen

CV_ITEMS = 2000  # cross-validation takes a sample of these, so that it costs about as much as the fit itself
CV_FOLDS = 5
CV_FOLDS_OF_MANY = 3
CV_FEW = 500
Z = 1.959964  # of the normal distribution, for intervals at 95 %
STABLE = 0.99  # the kappa of two models from which on they count as one

Predict = Callable[[Any], NDArray[np.floating]]
Fit = Callable[[NDArray[np.intp]], Predict]


@dataclass(frozen=True)
class Score:
    """A share of right answers with the interval that holds it at 95 % confidence."""

    value: float
    low: float
    high: float


def in_words(value: float, low: float, high: float) -> str:
    """The share as percent; without decimals where its interval reaches more than five points to a side."""
    decimals = 1 if max(high - value, value - low) <= 0.05 else 0
    return f"{100 * value:.{decimals}f}\u202f%"


def right(proba: NDArray[np.floating], answers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of each item, how right the model is: 0 or 1; where an item has any number of labels, the share it gets right."""
    if answers.ndim == 1:
        return (proba.argmax(axis=1) == answers).astype(np.float64)
    return ((proba > 0.5) == (answers > 0)).mean(axis=1)


def score(proba: NDArray[np.floating], answers: NDArray[np.int64]) -> Score | None:
    """The accuracy with its interval; None without items."""
    if not len(answers):
        return None
    value = float(right(proba, answers).mean())
    return Score(value, *wilson(value, len(answers)))


def confusion(proba: NDArray[np.floating], answers: NDArray[np.int64]) -> list[list[int]] | None:
    """How many items of each agreed label, by rows, have each predicted one; None where items have several labels."""
    if answers.ndim != 1:
        return None
    rows: list[list[int]] = _table(answers, proba.argmax(axis=1), proba.shape[1]).tolist()
    return rows


def _table(first: NDArray[np.integer], second: NDArray[np.integer], n_labels: int) -> NDArray[np.intp]:
    """(L, L) how many items have each label first, by rows, and each second."""
    return np.bincount(first * n_labels + second, minlength=n_labels**2).reshape(n_labels, n_labels)


def kappa(first: NDArray[np.intp], second: NDArray[np.intp], n_labels: int) -> float:
    """Cohen's kappa of two lists of predicted labels; 1 where both predict one label alone."""
    table = _table(first, second, n_labels)
    is_one_label = bool((table == len(first)).any())
    return 1.0 if is_one_label else float(cohen.kappa(table[None].astype(np.float64))[0])


def wilson(share: float, n: int, z: float = Z) -> tuple[float, float]:
    """The interval of a share seen in n trials. Wilson 1927, "Probable inference, the law of succession".

    With several labels an item, `n` is the number of items: their labels are not independent, so this is cautious.
    """
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return (max(0.0, centre - reach) if share > 0 else 0.0), (min(1.0, centre + reach) if share < 1 else 1.0)


def cross_validated(X: Any, answers: NDArray[np.int64], fit: Fit, rng: np.random.Generator) -> float | None:
    """The mean accuracy on items left out of the fit in turn; None when there are too few to leave any out.

    `fit(rows)` learns from these rows and returns what predicts.
    """
    left_out = out_of_fold(X, answers, fit, rng)
    return None if left_out is None else float(right(left_out.proba, answers[left_out.rows]).mean())


@dataclass(frozen=True)
class OutOfFold:
    """proba (n, L) of some rows, by models that had not seen them."""

    rows: NDArray[np.intp]
    proba: NDArray[np.floating]


def out_of_fold(X: Any, answers: NDArray[np.int64], fit: Fit, rng: np.random.Generator) -> OutOfFold | None:
    """What models believe of a sample of the rows that each was not fitted to; None when there are too few."""
    rows = np.sort(rng.permutation(len(answers))[:CV_ITEMS])
    folds = _folds(answers[rows])
    if folds < 2:
        return None
    fold = _fold_of_each(answers[rows], folds, rng)
    order = np.concatenate([np.flatnonzero(fold == number) for number in range(folds)])
    parts = [fit(rows[fold != number])(X[rows[fold == number]]) for number in range(folds)]
    return OutOfFold(rows[order], np.concatenate(parts))


def _folds(answers: NDArray[np.int64]) -> int:
    """As many that two labels are left to learn from, whichever fold is left out."""
    folds = CV_FOLDS if len(answers) <= CV_FEW else CV_FOLDS_OF_MANY
    if answers.ndim == 2:
        return min(folds, len(answers) // 2)
    counts = np.sort(np.bincount(answers))
    return min(folds, int(counts[-2])) if len(counts) > 1 else 0


def _fold_of_each(answers: NDArray[np.int64], folds: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Dealt out label by label, so that each fold has its share of each."""
    shuffled = rng.permutation(len(answers))
    if answers.ndim == 1:
        shuffled = shuffled[np.argsort(answers[shuffled], kind="stable")]
    fold = np.empty(len(answers), dtype=np.intp)
    fold[shuffled] = np.arange(len(answers)) % folds
    return fold
