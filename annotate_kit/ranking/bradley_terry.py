"""Bradley–Terry.

Each item has a strength; of two, each is preferred in proportion to its own.

R. A. Bradley, M. E. Terry (1952), Rank analysis of incomplete block designs; D. R. Hunter (2004), MM algorithms for
generalized Bradley–Terry models. Annals of Statistics 32.
"""

import numpy as np

from annotate_kit import progress
from annotate_kit.ranking import Comparisons, Ranking


def rank(
    comparisons: Comparisons, *, max_iterations: int = 1000, tolerance: float = 1e-9, regularisation: float = 0.1
) -> Ranking:
    """Strengths by minorisation–maximisation; `log_likelihood` never falls.

    `regularisation` is how often every item has both won and lost against one of strength 1, so that an item
    that always won has a finite strength; the trace has it as well. 0 is plain maximum likelihood.
    """
    N = comparisons.n_items
    winner = np.where(comparisons.left_won, comparisons.left, comparisons.right)
    loser = np.where(comparisons.left_won, comparisons.right, comparisons.left)
    wins = np.bincount(winner, minlength=N) + regularisation
    strength = np.ones(N)
    trace: list[float] = []
    converged = False
    while len(trace) < max_iterations and not converged:
        progress.tell("iteration", len(trace), max_iterations)
        together = 1 / (strength[winner] + strength[loser])
        against_one = 2 * regularisation / (strength + 1)
        share = np.bincount(winner, together, N) + np.bincount(loser, together, N) + against_one
        strength = np.divide(wins, share, out=np.ones(N), where=share > 0)
        strength = np.maximum(strength, 1e-12)
        trace.append(_log_likelihood(strength, winner, loser, regularisation))
        converged = len(trace) > 1 and trace[-1] - trace[-2] <= tolerance * max(1, len(comparisons))
    score = np.log(strength)
    score -= score.mean() if N else 0.0
    right = np.bincount(comparisons.annotator, score[winner] > score[loser], comparisons.n_annotators)
    n = np.bincount(comparisons.annotator, minlength=comparisons.n_annotators)
    skill = np.where(n > 0, right / np.maximum(n, 1), right.sum() / max(1, n.sum()))
    return Ranking(score, skill, None, trace, len(trace), converged)


def _log_likelihood(strength: np.ndarray, winner: np.ndarray, loser: np.ndarray, regularisation: float) -> float:
    seen = np.log(strength[winner]) - np.log(strength[winner] + strength[loser])
    prior = np.log(strength) - 2 * np.log(strength + 1)
    return float(seen.sum() + regularisation * prior.sum())
