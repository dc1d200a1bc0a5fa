"""MACE (who knows and who spams).

On each item a person either knows, and says the true label, or does not, and answers from a habit of their own.

D. Hovy, T. Berg-Kirkpatrick, A. Vaswani, E. Hovy (2013), Learning whom to trust with MACE. NAACL-HLT.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, gammaln

from annotate_kit import progress
from annotate_kit.aggregation._known import impose, known_labels
from annotate_kit.aggregation._posterior import posterior
from annotate_kit.aggregation._result import Result, normalised
from annotate_kit.aggregation._votes import Floats, Votes


@dataclass
class Habits:
    """Log probabilities, and what the prior has against them."""

    log_theta: Floats  # (A, 2): does not know, knows
    log_xi: Floats  # (A, K): what is said by habit
    distance: float = 0.0


def aggregate(
    votes: Votes,
    *,
    method: str = "vb",
    restarts: int = 1,
    max_iterations: int = 50,
    tolerance: float = 1e-6,
    smoothing: float = 0.1,
    alpha: float = 0.5,
    beta: float = 0.5,
    habit: float = 10.0,
    gold: ArrayLike | None = None,
    seed: int | None = None,
) -> Result:
    """Variational Bayes ("vb", with Beta(alpha, beta) on not knowing and Dirichlet(habit) priors) or EM ("em").

    The first start is the majority vote; further `restarts` draw habits by `seed`, and the likeliest end is taken.
    The trace is the evidence bound of vb, or for em, whose counts start at `smoothing`, the log-likelihood with that
    prior's logarithm. It never falls.
    """
    if method not in ("vb", "em"):
        raise ValueError(f"method is {method!r}; it may be 'vb' or 'em'")
    known = known_labels(votes, gold)
    rng = np.random.default_rng(seed)
    pseudo = (np.array([alpha, beta]), habit) if method == "vb" else (np.full(2, smoothing), smoothing)
    starts = [_knowing(votes)] + [_knowing(votes, rng) for _ in range(restarts - 1)]
    ends = [_climb(votes, known, start, pseudo, method, max_iterations, tolerance) for start in starts]
    return max(ends, key=lambda end: end.log_likelihood[-1] if end.log_likelihood else 0.0)


def _climb(
    votes: Votes,
    known: NDArray[np.int64],
    knows: Floats,
    pseudo: tuple[Floats, float],
    method: str,
    max_iterations: int,
    tolerance: float,
) -> Result:
    answers = np.bincount(_answer(votes), minlength=votes.n_annotators * votes.n_labels).reshape(knows.shape)
    T = impose(normalised(votes.tally), known)
    trace: list[float] = []
    converged = False
    while len(trace) < max_iterations and not converged:
        progress.tell("iteration", len(trace), max_iterations)
        knowing = np.bincount(_answer(votes), T.ravel()[votes.cell], knows.size).reshape(knows.shape) * knows
        habits = (_posterior_habits if method == "vb" else _likeliest_habits)(knowing, answers - knowing, *pseudo)
        T, evidence, knows = _e_step(votes, habits, known)
        trace.append(evidence - habits.distance)
        converged = len(trace) > 1 and trace[-1] - trace[-2] <= tolerance * max(1, len(votes))
    theta = np.exp(habits.log_theta)
    xi = normalised(np.exp(habits.log_xi))
    competence = theta[:, 1] / theta.sum(axis=1)
    skill = competence + (1 - competence) / votes.n_labels
    K = votes.n_labels
    confusion = competence[:, None, None] * np.eye(K) + (1 - competence)[:, None, None] * xi[:, None, :]
    return Result(T, skill, confusion, None, trace, len(trace), converged)


def _answer(votes: Votes) -> NDArray[np.intp]:
    """One number a vote: its place in an (A, K) table."""
    return votes.annotator.astype(np.intp) * votes.n_labels + votes.label


def _knowing(votes: Votes, rng: np.random.Generator | None = None) -> Floats:
    """(A, K) where to start: how probably a right vote for the label was known, not a habit."""
    shape = (votes.n_annotators, votes.n_labels)
    return np.full(shape, votes.n_labels / (votes.n_labels + 1)) if rng is None else rng.uniform(0.2, 1.0, shape)


def _likeliest_habits(knowing: Floats, habit: Floats, on_theta: Floats, on_xi: float) -> Habits:
    counts = np.column_stack([habit.sum(axis=1), knowing.sum(axis=1)]) + on_theta
    log_theta = np.log(np.maximum(normalised(counts), 1e-300))
    log_xi = np.log(np.maximum(normalised(habit + on_xi), 1e-300))
    return Habits(log_theta, log_xi, -float((log_theta @ on_theta).sum() + on_xi * log_xi.sum()))


def _posterior_habits(knowing: Floats, habit: Floats, on_theta: Floats, on_xi: float) -> Habits:
    theta = np.column_stack([habit.sum(axis=1), knowing.sum(axis=1)]) + on_theta
    xi = habit + on_xi
    log_theta, theta_distance = _expected_log(theta, on_theta)
    log_xi, xi_distance = _expected_log(xi, np.full(xi.shape[1], on_xi))
    return Habits(log_theta, log_xi, theta_distance + xi_distance)


def _expected_log(a: Floats, prior: Floats) -> tuple[Floats, float]:
    """E log p under Dirichlet(a), row by row, and how far the rows are from the prior together (Kullback–Leibler)."""
    expected = digamma(a) - digamma(a.sum(axis=1, keepdims=True))
    scale = gammaln(a.sum(axis=1)) - gammaln(a).sum(axis=1) - gammaln(prior.sum()) + gammaln(prior).sum()
    return expected, float((scale + ((a - prior) * expected).sum(axis=1)).sum())


def _e_step(votes: Votes, habits: Habits, known: NDArray[np.int64]) -> tuple[Floats, float, Floats]:
    """Probabilities, evidence, and (A, K) how probably a right vote for the label was known."""
    spam = habits.log_theta[:, :1] + habits.log_xi
    right = np.logaddexp(spam, habits.log_theta[:, 1:])
    answer = _answer(votes)
    T = votes.spread((right - spam).ravel()[answer])
    T -= np.log(votes.n_labels)
    T, evidence = posterior(T, known)
    return T, evidence + float(spam.ravel()[answer].sum()), np.exp(habits.log_theta[:, 1:] - right)
