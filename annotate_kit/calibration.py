"""Probabilities made as sure as they are right, by one number.

Guo, Pleiss, Sun & Weinberger 2017, "On calibration of modern neural networks".
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEAST = 1e-6  # a probability below this counts as this, so that one surprise does not decide alone
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
