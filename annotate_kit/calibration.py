"""Probabilities made as sure as they are right: by one number for all, and by one for each predicted label.

Guo, Pleiss, Sun & Weinberger 2017, "On calibration of modern neural networks"; Platt 1999, "Probabilistic outputs for
support vector machines", of whose two numbers the shifts are the second.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEAST = 1e-6  # a probability below this counts as this, so that one surprise does not decide alone
SHIFTS = np.linspace(-3, 3, 121)
SHIFT = 0.5  # how far a label is believed to be off before there are answers: the standard deviation of its log odds
TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(8), 101))


def scaled(proba: ArrayLike, temperature: float) -> NDArray[np.float64]:
    """(n, K) the probabilities to the power of 1 / temperature, summing to one again: softer above 1, sharper below."""
    logits = np.log(np.clip(np.asarray(proba, dtype=np.float64), LEAST, 1)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def temperature(proba: ArrayLike, answers: ArrayLike) -> float:
    """That at which these answers (n,), label positions, are least surprising; 1 with none.

    One right and one wrong answer at the mean confidence stand beside those given, so that few answers, all of them
    right, don't make a model sure of everything.
    """
    proba, answers = np.asarray(proba, dtype=np.float64), np.asarray(answers, dtype=np.int64)
    if not len(answers):
        return 1.0
    losses = [_surprise(scaled(proba, candidate), answers) for candidate in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def _surprise(proba: NDArray[np.float64], answers: NDArray[np.int64]) -> float:
    confidence = min(max(float(proba.max(axis=1).mean()), LEAST), 1 - LEAST)
    right = np.clip(proba[np.arange(len(answers)), answers], LEAST, 1)
    return -float(np.log(right).sum() + np.log(confidence) + np.log(1 - confidence))


def shifts(
    probability: ArrayLike, label: ArrayLike, is_right: ArrayLike, n_labels: int, weights: ArrayLike | None = None
) -> NDArray[np.float64]:
    """(n_labels,) what to add to the log odds of a predicted label, so that these answers are least surprising.

    Of n answered items: the probability of the predicted label, its position, whether it was right, and as how many
    answers each counts. A label of which few answers tell stays near 0.
    """
    odds, right = log_odds(probability)[:, None] + SHIFTS, np.asarray(is_right, dtype=bool)[:, None]
    losses = np.logaddexp(0, np.where(right, -odds, odds))
    if weights is not None:
        losses *= np.asarray(weights, dtype=np.float64)[:, None]
    sums = np.zeros((n_labels, len(SHIFTS)))
    np.add.at(sums, np.asarray(label, dtype=np.int64), losses)
    return SHIFTS[np.argmin(sums + (SHIFTS / SHIFT) ** 2 / 2, axis=1)]


def log_odds(probability: ArrayLike) -> NDArray[np.float64]:
    within = np.clip(np.asarray(probability, dtype=np.float64), LEAST, 1 - LEAST)
    return np.log(within / (1 - within))


def shifted(probability: ArrayLike, shift: ArrayLike) -> NDArray[np.float64]:
    """(n,) probabilities whose log odds are so much higher."""
    return 1 / (1 + np.exp(-log_odds(probability) - np.asarray(shift)))
