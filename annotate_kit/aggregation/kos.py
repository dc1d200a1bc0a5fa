"""Karger–Oh–Shah (binary).

Messages pass between items and people until each person's reliability, and with it each item's label, stands out.
Two labels only.

D. R. Karger, S. Oh, D. Shah (2011), Iterative learning for reliable crowdsourcing systems. NeurIPS.
"""

import numpy as np
from scipy.special import expit

from annotate_kit import progress
from annotate_kit.aggregation._result import Result, expected_accuracy
from annotate_kit.aggregation._votes import Floats, Votes


def aggregate(votes: Votes, *, max_iterations: int = 100, tolerance: float = 1e-6, seed: int | None = None) -> Result:
    """Pass messages until their direction rests. ValueError unless there are two labels.

    On few votes they may turn for ever; then the mean of all iterations counts, in which people are right more often
    than wrong, as the method assumes.
    Messages start from everyone alike, or from N(1, 1), as in the paper, with a `seed`. The method gives a sign; the
    probability is what the votes weighted by reliability make of it, with log-odds of reliabilities scaled to one.
    """
    if votes.n_labels != 2:
        raise ValueError(f"kos is for two labels; there are {votes.n_labels}. dawid_skene and auto take any number")
    sign = 2.0 * votes.label - 1.0
    y = np.ones(len(votes)) if seed is None else np.random.default_rng(seed).normal(1.0, 1.0, len(votes))
    total = np.zeros(len(votes))
    taken, converged = 0, not len(votes)
    while taken < max_iterations and not converged:
        progress.tell("iteration", taken, max_iterations)
        x = _of_others(votes.item, sign * y, votes.n_items)
        before, y = y, _reliable(_unit(_of_others(votes.annotator, sign * x, votes.n_annotators)))
        total += y
        taken += 1
        converged = bool(np.abs(y - before).max() < tolerance) if y.any() else True
    weight = y if converged else _unit(total)
    weight = weight if weight.any() else np.ones(len(votes))
    score = np.bincount(votes.item, sign * weight, votes.n_items)
    p_one = expit(score)
    T = np.column_stack([1 - p_one, p_one])
    return Result(T, expected_accuracy(votes, np.round(T)), iterations=taken, converged=converged)


def _of_others(group: np.ndarray, message: Floats, size: int) -> Floats:
    """For each vote the sum of the other votes' messages in its group."""
    return np.bincount(group, message, size)[group] - message


def _reliable(message: Floats) -> Floats:
    """Of a direction and its opposite, which the votes alone cannot tell apart, the one that trusts people more."""
    return -message if message.sum() < 0 else message


def _unit(message: Floats) -> Floats:
    """Scaled to a root mean square of one: only directions matter, and sizes would overflow."""
    size = np.sqrt(np.mean(message**2))
    return message / size if size > 0 else message
