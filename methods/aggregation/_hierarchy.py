"""Confusion matrices that borrow from each other: the crowd's matrix, a person's ability, a person's own rows.

Three levels, each shrunk towards the one above by as much as the votes themselves ask for (empirical Bayes), found
by variational Bayes, which also makes people of whom little is known count less (Kim & Ghahramani 2012, Bayesian
classifier combination; Venanzi et al. 2014, Community-based Bayesian aggregation). All matrices are laid out as
(A, K said, K true), the way the votes are multiplied with them.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln

from ._known import impose
from ._posterior import posterior
from ._result import normalised
from ._votes import Floats, Votes

MOST_ITERATIONS = 40
TOLERANCE = 1e-4
STRENGTHS = np.geomspace(0.5, 200, 25)
"""How many votes the level above may be worth."""
SAMPLE = 200_000
"""Cells from which that worth is estimated; enough for any crowd."""
ERRORS = 5.0
"""How many votes' worth of the crowd's error rate a person starts with."""


def read(
    votes: Votes, p: Floats, known: NDArray[np.int64], *, common: bool, ability: bool, pseudo_votes: float = 5.0
) -> tuple[Floats, Floats, int, bool]:
    """Beliefs (N, K), matrices (A, K said, K true), iterations and whether they settled.

    p         (K,) how common each label is
    common    the crowd shares a confusion matrix; without it, errors go to all labels alike
    ability   people differ by how often they err, before they differ in what they confuse
    """
    said, K = votes.by_answer, votes.n_labels
    T = impose(normalised(votes.tally), known)
    strength = 5.0
    for iteration in range(MOST_ITERATIONS):
        counts = (said.T @ T).reshape(-1, K, K)
        expected = crowd_matrix(counts, common, pseudo_votes)
        if ability:
            expected = individual_matrices(counts, expected)
        if iteration % 3 == 1:
            strength = worth(counts, expected)
        alpha = counts + strength * expected
        log_pi = digamma(alpha) - digamma(alpha.sum(axis=1, keepdims=True))
        before, T = T, said @ log_pi.reshape(-1, K)
        T += np.log(p)
        posterior(T, known)
        if np.abs(T - before).sum() <= TOLERANCE * max(1, len(T)):
            break
    return T, alpha / alpha.sum(axis=1, keepdims=True), iteration + 1, iteration + 1 < MOST_ITERATIONS


def crowd_matrix(counts: Floats, common: bool, pseudo_votes: float) -> Floats:
    """(K said, K true) of everybody together: its accuracy alone, or with what is confused with what."""
    total = counts.sum(axis=0)
    K = len(total)
    right = (np.trace(total) + 0.7) / (total.sum() + 1.0)
    coin = np.full((K, K), (1 - right) / max(1, K - 1))
    np.fill_diagonal(coin, right if K > 1 else 1.0)
    if not common:
        return coin
    total = total + pseudo_votes * K * coin
    return total / total.sum(axis=0)


def individual_matrices(counts: Floats, crowd: Floats) -> Floats:
    """(A, K said, K true): the crowd's matrix with its errors made as frequent as this person's are.

    A person's rate of error is how often he errs against how often the crowd would have erred on the same items.
    """
    K = len(crowd)
    seen = counts.sum(axis=1)
    wrong = seen.sum(axis=1) - np.trace(counts, axis1=1, axis2=2)
    errors = 1 - np.diag(crowd)
    typical = float(seen.sum(axis=0) @ errors) / max(seen.sum(), 1e-9)
    rate = (wrong + ERRORS * typical + 1e-9) / (seen @ errors + ERRORS * typical + 1e-9)
    own = np.minimum(rate[:, None] * errors, 1 - 0.2 / K)
    matrices = crowd * (own / np.maximum(errors, 1e-12))[:, None, :]
    matrices[:, np.arange(K), np.arange(K)] = 1 - own
    return matrices


def worth(counts: Floats, expected: Floats) -> float:
    """How many votes the expectation is worth: the likeliest of STRENGTHS (Dirichlet–multinomial).

    Empty rows and cells say nothing about it and are left out; of very many rows every so many-th is looked at.
    """
    seen = counts.sum(axis=1)
    person, true = np.nonzero(seen > 1e-6)
    step = max(1, len(person) * counts.shape[1] // SAMPLE)
    person, true = person[::step], true[::step]
    total, rows = seen[person, true], counts[person, :, true]
    means = np.broadcast_to(expected, counts.shape)[person, :, true]
    filled = rows > 1e-6
    n, m = rows[filled], np.maximum(means[filled], 1e-9)
    fit = [
        float((gammaln(s) - gammaln(s + total)).sum() + (gammaln(n + s * m) - gammaln(s * m)).sum()) for s in STRENGTHS
    ]
    return float(STRENGTHS[int(np.argmax(fit))])
