"""Dawid–Skene.

Everyone has a confusion matrix: how often they say each label when each label is true. Expectation–maximisation finds
the matrices and the truth together, in the log domain, so that a thousand votes on an item do no harm.

A. P. Dawid, A. M. Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.special import xlogy

from annotate_kit import progress
from annotate_kit.aggregation._known import impose, known_labels
from annotate_kit.aggregation._posterior import posterior
from annotate_kit.aggregation._result import Result, expected_accuracy, normalised
from annotate_kit.aggregation._votes import Floats, Votes

LARGEST = 2**27
"""Most cells that the confusion matrices may have together (1 GB)."""


def aggregate(
    votes: Votes,
    *,
    max_iterations: int = 100,
    tolerance: float = 1e-6,
    smoothing: float = 0.0,
    gold: ArrayLike | None = None,
    prior_confusion: ArrayLike | None = None,
    prior_strength: float = 1.0,
) -> Result:
    """Find confusion matrices and truth; `log_likelihood` never falls.

    smoothing         pseudo-votes added to every cell of every matrix, so that nothing seen once is certain; 0 is the
                      paper's maximum likelihood. With some, the trace has the logarithm of that prior as well.
    tolerance         stop when an iteration gains less than this a vote (natural logarithm)
    gold              (N,) known labels, -1 where unknown
    prior_confusion   (K, K) or (A, K, K), rows sum to one: what is believed of people before they vote, worth
                      `prior_strength` votes in each row
    """
    _check_size(votes)
    known = known_labels(votes, gold)
    pseudo_votes = smoothing + _pseudo_votes(votes, prior_confusion, prior_strength)
    answers = votes.by_answer
    T = impose(normalised(votes.tally), known)
    trace: list[float] = []
    converged = False
    while len(trace) < max_iterations and not converged:
        progress.tell("iteration", len(trace), max_iterations)
        pi, p = m_step(answers, T, pseudo_votes)
        T, evidence = e_step(answers, pi, p, known)
        trace.append(evidence + float(xlogy(pseudo_votes, pi).sum()))
        converged = len(trace) > 1 and trace[-1] - trace[-2] <= tolerance * max(1, len(votes))
    confusion = pi.reshape(votes.n_annotators, votes.n_labels, votes.n_labels).transpose(0, 2, 1)
    return Result(T, expected_accuracy(votes, T), confusion, None, trace, len(trace), converged, prior=p)


def m_step(answers: sparse.csr_array, T: Floats, pseudo_votes: Floats | float) -> tuple[Floats, Floats]:
    """Confusions, (A·K voted, K true), and how common each label is, (K,), given the probabilities T, (N, K)."""
    K = T.shape[1]
    pi = (answers.T @ T).reshape(-1, K, K)
    pi += pseudo_votes
    total = pi.sum(axis=1, keepdims=True)
    pi = np.divide(pi, total, out=np.full_like(pi, 1 / K), where=total > 0)
    return pi, T.mean(axis=0) if len(T) else np.full(K, 1 / K)


def e_step(answers: sparse.csr_array, pi: Floats, p: Floats, known: NDArray[np.int64]) -> tuple[Floats, float]:
    """Probabilities, (N, K), given confusions and label shares; and the log-likelihood of all votes under them."""
    with np.errstate(divide="ignore"):
        log_pi = np.maximum(np.log(pi), -1e5).reshape(-1, pi.shape[-1])
        log_p = np.maximum(np.log(p), -1e5)
    T = answers @ log_pi
    T += log_p
    return posterior(T, known)


def _pseudo_votes(votes: Votes, prior: ArrayLike | None, strength: float) -> Floats | float:
    """The prior in the layout of the matrices here: (A or 1, K voted, K true)."""
    if prior is None:
        return 0.0
    K = votes.n_labels
    matrices = np.asarray(prior, dtype=np.float64)
    if matrices.shape not in ((K, K), (votes.n_annotators, K, K)) or not np.allclose(matrices.sum(axis=-1), 1):
        raise ValueError(f"prior_confusion must be ({K}, {K}) or ({votes.n_annotators}, {K}, {K}), its rows sum to one")
    return strength * matrices.reshape(-1, K, K).transpose(0, 2, 1)


def _check_size(votes: Votes) -> None:
    cells = votes.n_annotators * votes.n_labels**2
    if cells > LARGEST:
        raise ValueError(
            f"{votes.n_annotators} confusion matrices of {votes.n_labels} labels have {cells} cells, more than "
            f"{LARGEST}; use one_coin_dawid_skene or auto, which need no matrices"
        )
