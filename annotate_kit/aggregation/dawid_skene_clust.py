"""Dawid–Skene with clusters of people.

People come in a few kinds, and each kind has one confusion matrix: fewer numbers to find than one matrix each.

H. Imamura, I. Sato, M. Sugiyama (2018), Analysis of minimax error rate for crowdsourcing and its application to worker
clustering model. ICML.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp, xlogy

from annotate_kit import progress
from annotate_kit.aggregation._known import impose, known_labels
from annotate_kit.aggregation._posterior import posterior
from annotate_kit.aggregation._result import Result, expected_accuracy, normalised
from annotate_kit.aggregation._votes import Floats, Votes


def aggregate(
    votes: Votes,
    *,
    L: int = 2,
    max_iterations: int = 100,
    tolerance: float = 1e-6,
    smoothing: float = 0.01,
    gold: ArrayLike | None = None,
) -> Result:
    """Find `L` kinds of people, who is of which, and the truth, by variational Bayes; the trace never falls.

    To start, people are ordered by how much their matrices tell (nuclear norm) and cut into L parts; L above the
    number of people is as many kinds as people. `confusion` is each person's mixture of the kinds.
    """
    if L < 1:
        raise ValueError(f"L is {L}; there must be at least one kind of people")
    answers, A, K = votes.by_answer, votes.n_annotators, votes.n_labels
    known = known_labels(votes, gold)
    T = impose(normalised(votes.tally), known)
    counts = (answers.T @ T).reshape(A, K, K)
    phi = _first_kinds(counts, min(L, max(1, A)))
    trace: list[float] = []
    converged = False
    while len(trace) < max_iterations and not converged:
        progress.tell("iteration", len(trace), max_iterations)
        log_lambda, log_tau, log_p, prior = _m_step(counts, phi, T, smoothing)
        T, evidence = posterior(answers @ np.tensordot(phi, log_lambda, 1).reshape(A * K, K) + log_p, known)
        counts = (answers.T @ T).reshape(A, K, K)
        trace.append(evidence + prior + float((phi * log_tau).sum() - xlogy(phi, phi).sum()))
        fit = np.tensordot(counts, log_lambda, ([1, 2], [1, 2])) + log_tau
        phi = np.exp(fit - logsumexp(fit, axis=1, keepdims=True))
        converged = len(trace) > 1 and trace[-1] - trace[-2] <= tolerance * max(1, len(votes))
    confusion = np.tensordot(phi, np.exp(log_lambda), 1).transpose(0, 2, 1)
    skill = expected_accuracy(votes, T)
    return Result(T, skill, confusion, None, trace, len(trace), converged, prior=np.exp(log_p))


def _first_kinds(counts: Floats, L: int) -> Floats:
    """(A, L) everyone in one kind, cut by the nuclear norm of their matrix."""
    rows = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-10)
    telling = np.linalg.svd(rows, compute_uv=False).sum(axis=1) if len(rows) else np.zeros(0)
    place = np.empty(len(rows), dtype=int)
    place[np.argsort(-telling, kind="stable")] = np.arange(len(rows))
    return np.eye(L)[place * L // max(1, len(rows))]


def _m_step(counts: Floats, phi: Floats, T: Floats, smoothing: float) -> tuple[Floats, Floats, Floats, float]:
    """log λ (L, K voted, K true), log τ (L,), log p (K,) and the logarithm of the smoothing prior at them."""
    kinds = np.tensordot(phi.T, counts, 1) + smoothing + 1e-12
    log_lambda = np.log(kinds) - np.log(kinds.sum(axis=1, keepdims=True))
    tau = phi.mean(axis=0) if len(phi) else np.full(phi.shape[1], 1 / phi.shape[1])
    p = T.mean(axis=0) if len(T) else np.full(T.shape[1], 1 / T.shape[1])
    return log_lambda, np.log(np.maximum(tau, 1e-300)), np.log(np.maximum(p, 1e-300)), smoothing * log_lambda.sum()
