"""GLAD (ability and difficulty).

A vote is right with probability σ(αβ): α is the person's ability, negative when they mislead, and β > 0 how easy
the item is. Errors go to all other labels alike.

J. Whitehill, P. Ruvolo, T. Wu, J. Bergsma, J. Movellan (2009), Whose vote should count more. NeurIPS.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from annotate_kit import progress
from annotate_kit.aggregation._known import impose, known_labels
from annotate_kit.aggregation._posterior import posterior
from annotate_kit.aggregation._result import Result, normalised
from annotate_kit.aggregation._votes import Floats, Votes

LONGEST_STEP = 1.0
HALVINGS = 8


@dataclass
class Parameters:
    alpha: Floats
    log_beta: Floats

    def halfway(self, other: "Parameters") -> "Parameters":
        return Parameters((self.alpha + other.alpha) / 2, (self.log_beta + other.log_beta) / 2)


def aggregate(
    votes: Votes,
    *,
    max_iterations: int = 100,
    tolerance: float = 1e-5,
    ability: float = 1.0,
    log_ease: float = 1.0,
    gold: ArrayLike | None = None,
) -> Result:
    """Find abilities, difficulties and the truth by EM, the maximisation being one Newton step an iteration.

    `ability` and `log_ease` are the means of the normal priors, of variance one, on α and log β; the trace has their
    logarithm and never falls, since a step that goes too far is halved. Labels are equally common beforehand.
    `skill` is the chance of being right on an item of ordinary ease, `difficulty` is 1 / (1 + β).
    """
    known = known_labels(votes, gold)
    prior = Parameters(np.full(votes.n_annotators, ability), np.full(votes.n_items, log_ease))
    now, T = prior, impose(normalised(votes.tally), known)
    right = _chance_right(votes, now)
    trace: list[float] = []
    converged = False
    while len(trace) < max_iterations and not converged:
        progress.tell("iteration", len(trace), max_iterations)
        step = _newton(votes, now, prior, T, right)
        for _ in range(HALVINGS):
            right = _chance_right(votes, step)
            T_new, height = _e_step(votes, step, prior, right, known)
            if not trace or height >= trace[-1]:
                break
            step = now.halfway(step)
        else:
            break
        now, T = step, T_new
        trace.append(height)
        converged = len(trace) > 1 and trace[-1] - trace[-2] <= tolerance * max(1, len(votes))
    beta = np.exp(now.log_beta)
    ordinary = float(np.exp(np.median(now.log_beta))) if votes.n_items else 1.0
    return Result(T, expit(now.alpha * ordinary), None, 1 / (1 + beta), trace, len(trace), converged or not trace)


def _chance_right(votes: Votes, at: Parameters) -> Floats:
    """One number a vote: σ(αβ)."""
    return expit(at.alpha[votes.annotator] * np.exp(at.log_beta)[votes.item])


def _newton(votes: Votes, at: Parameters, prior: Parameters, T: Floats, right: Floats) -> Parameters:
    """A step up the expected log-likelihood, in each α and each log β by its own curvature."""
    beta, alpha = np.exp(at.log_beta), at.alpha
    surprise = T.ravel()[votes.cell] - right
    spread = right * (1 - right)
    alpha_v, beta_v = alpha[votes.annotator], beta[votes.item]
    rise = np.bincount(votes.annotator, surprise * beta_v, votes.n_annotators) - (alpha - prior.alpha)
    bend = np.bincount(votes.annotator, spread * beta_v**2, votes.n_annotators) + 1
    new_alpha = alpha + (rise / bend).clip(-LONGEST_STEP, LONGEST_STEP)
    rise = beta * np.bincount(votes.item, surprise * alpha_v, votes.n_items) - (at.log_beta - prior.log_beta)
    bend = beta**2 * np.bincount(votes.item, spread * alpha_v**2, votes.n_items) + 1
    return Parameters(new_alpha, at.log_beta + (rise / bend).clip(-LONGEST_STEP, LONGEST_STEP))


def _e_step(
    votes: Votes, at: Parameters, prior: Parameters, right: Floats, known: NDArray[np.int64]
) -> tuple[Floats, float]:
    """Probabilities, and the log-likelihood with the priors' logarithm."""
    K = votes.n_labels
    others = np.log(max(1, K - 1))
    T = votes.weighted_tally(at.alpha)
    T *= np.exp(at.log_beta)[:, None]
    T += others * votes.tally - np.log(K)
    T, evidence = posterior(T, known)
    wrong = float(np.log(np.maximum(1 - right, 1e-300)).sum()) - others * len(votes)
    priors = ((at.alpha - prior.alpha) ** 2).sum() + ((at.log_beta - prior.log_beta) ** 2).sum()
    return T, evidence + wrong - float(priors) / 2
