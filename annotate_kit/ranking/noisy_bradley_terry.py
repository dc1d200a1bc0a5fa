"""Noisy Bradley–Terry.

People compare, as in Bradley–Terry, or answer by habit: left or right, whatever is shown.

E. Bugakova, V. Fedorova, G. Gusev, A. Drutsa (2019), Aggregation of pairwise comparisons with reduction of biases.
arXiv:1906.03711.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from annotate_kit.ranking import Comparisons, Ranking


def rank(
    comparisons: Comparisons, *, max_iterations: int = 200, tolerance: float = 1e-9, regularisation: float = 0.1
) -> Ranking:
    """Scores, how often each person compares (`skill`) and their habit (`bias`), by maximum likelihood (L-BFGS).

    `regularisation` is how many times everything has been seen both ways before: each item winning and losing, each
    person comparing and not, choosing left and right.
    """
    N, A = comparisons.n_items, comparisons.n_annotators
    start = np.concatenate([np.zeros(N), np.full(A, 2.0), np.zeros(A)])
    if not len(comparisons):
        return Ranking(np.zeros(N), np.full(A, 0.5), np.full(A, 0.5))
    trace: list[float] = []
    best = minimize(
        _loss,
        start,
        args=(comparisons, regularisation),
        jac=True,
        method="L-BFGS-B",
        callback=lambda intermediate_result: trace.append(-float(intermediate_result.fun)),
        options={"maxiter": max_iterations, "ftol": tolerance},
    )
    score, gamma, habit = np.split(best.x, [N, N + A])
    return Ranking(score - score.mean(), expit(gamma), expit(habit), trace, int(best.nit), bool(best.success))


def _loss(x: np.ndarray, comparisons: Comparisons, regularisation: float) -> tuple[float, np.ndarray]:
    """Negative log-likelihood with its prior, and the gradient."""
    N, A = comparisons.n_items, comparisons.n_annotators
    left, right, who = comparisons.left, comparisons.right, comparisons.annotator
    score, gamma, habit = np.split(x, [N, N + A])
    y = np.where(comparisons.left_won, 1.0, -1.0)
    by_score, by_habit, compares = expit(y * (score[left] - score[right])), expit(y * habit[who]), expit(gamma[who])
    chance = compares * by_score + (1 - compares) * by_habit
    chance = np.maximum(chance, 1e-300)
    slope = y * compares * by_score * (1 - by_score) / chance
    d_score = np.bincount(left, slope, N) - np.bincount(right, slope, N)
    d_gamma = np.bincount(who, compares * (1 - compares) * (by_score - by_habit) / chance, A)
    d_habit = np.bincount(who, y * (1 - compares) * by_habit * (1 - by_habit) / chance, A)
    prior = regularisation * float((log_expit(x) + log_expit(-x)).sum())
    gradient = np.concatenate([d_score, d_gamma, d_habit]) + regularisation * (1 - 2 * expit(x))
    return -float(np.log(chance).sum()) - prior, -gradient
