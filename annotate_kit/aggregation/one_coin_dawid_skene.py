"""One-coin Dawid–Skene.

Everyone has one number: how often they are right. When they are not, all other labels are equally likely.

Y. Zhang, X. Chen, D. Zhou, M. I. Jordan (2016), Spectral methods meet EM. JMLR 17.
"""

import numpy as np
from numpy.typing import ArrayLike

from annotate_kit import progress
from annotate_kit.aggregation._known import impose, known_labels
from annotate_kit.aggregation._posterior import posterior
from annotate_kit.aggregation._result import Result, normalised
from annotate_kit.aggregation._votes import Floats, Votes


def aggregate(
    votes: Votes,
    *,
    max_iterations: int = 100,
    tolerance: float = 1e-6,
    smoothing: float = 0.01,
    gold: ArrayLike | None = None,
) -> Result:
    """Find everyone's share of right votes and the truth together, by EM; `log_likelihood` never falls.

    smoothing    pseudo-votes, right as often as the crowd is by majority, that everyone starts with; the trace has
                 the logarithm of that Beta prior as well
    tolerance    stop when an iteration gains less than this a vote
    gold         (N,) known labels, -1 where unknown
    """
    known = known_labels(votes, gold)
    T = impose(normalised(votes.tally), known)
    prior = smoothing * np.array([share_right(votes, T), 1 - share_right(votes, T)])
    trace: list[float] = []
    converged = False
    while len(trace) < max_iterations and not converged:
        progress.tell("iteration", len(trace), max_iterations)
        skill = right_votes(votes, T, prior)
        p = T.mean(axis=0) if len(T) else np.full(votes.n_labels, 1 / votes.n_labels)
        T, evidence = _e_step(votes, skill, p, known)
        log_prior = prior @ [np.log(skill).sum(), np.log1p(-skill).sum()]
        trace.append(evidence + float(log_prior))
        converged = len(trace) > 1 and trace[-1] - trace[-2] <= tolerance * max(1, len(votes))
    return Result(T, skill, None, None, trace, len(trace), converged, prior=p)


def share_right(votes: Votes, T: Floats) -> float:
    """The share of all votes that the probabilities hold to be right."""
    return float((votes.tally * T).sum()) / len(votes) if len(votes) else 1 / votes.n_labels


def right_votes(votes: Votes, T: Floats, prior: Floats) -> Floats:
    """(A,) share of right votes, given the probabilities and the (right, wrong) votes that everyone starts with."""
    right = np.bincount(votes.annotator, T.ravel()[votes.cell], votes.n_annotators) + prior[0]
    total = votes.per_annotator + prior.sum()
    skill = np.divide(right, total, out=np.full(len(total), share_right(votes, T)), where=total > 0)
    return skill.clip(1e-9, 1 - 1e-9)


def _e_step(votes: Votes, skill: Floats, p: Floats, known: np.ndarray) -> tuple[Floats, float]:
    log_wrong = np.log((1 - skill) / max(1, votes.n_labels - 1))
    T = votes.weighted_tally(np.log(skill) - log_wrong)
    T += np.log(np.maximum(p, 1e-300))
    T, evidence = posterior(T, known)
    return T, evidence + float(votes.per_annotator @ log_wrong)
