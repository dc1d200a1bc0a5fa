"""Confusion matrices that borrow from each other: the crowd's matrix, a person's ability and habits, their own rows.

Each level is shrunk towards the one above, a person's own rows by as much as the votes themselves ask for (empirical
Bayes). They are found by variational Bayes, which also makes people of whom little is known count less (Kim &
Ghahramani 2012, Bayesian classifier combination; Venanzi et al. 2014, Community-based Bayesian aggregation). All
matrices are laid out as (A, K voted, K true), the way the votes are multiplied with them.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln

from annotate_kit import progress

from ._posterior import posterior
from ._votes import Floats, Votes

MOST_ITERATIONS = 40
TOLERANCE = 1e-4
STRENGTHS = np.geomspace(0.5, 200, 25)
"""How many votes the level above may be worth."""
SAMPLE = 200_000
"""Cells from which that worth is estimated; enough for any crowd."""
PSEUDO_VOTES = 5.0
"""How many votes on each label the crowd's accuracy is worth where its confusions are counted."""
ERRORS = 5.0
"""How many votes' worth of the crowd's error rate a person starts with."""
KNOWING = 2.5
"""How many votes' worth of the crowd's knowledge a person starts with."""
NO_HABIT = 15.0
"""How many votes for all labels alike a person's habits start with."""


def read(
    votes: Votes, p: Floats, start: Floats, known: NDArray[np.int64], expectation: Callable[[Floats], Floats]
) -> tuple[Floats, Floats, int, bool]:
    """Probabilities (N, K), matrices (A, K voted, K true), iterations and whether they settled.

    p             (K,) how common each label is
    start         (N, K) probabilities to start from
    expectation   from everybody's counts, (A, K voted, K true), to the matrices that they are shrunk towards
    """
    K = votes.n_labels
    first, alike, times = same_rows(votes, known)
    answers, T, known, strength = votes.by_answer[first], start[first], known[first], 5.0
    for iteration in range(MOST_ITERATIONS):
        progress.tell("iteration", iteration, MOST_ITERATIONS)
        counts = (answers.T @ (T * times[:, None])).reshape(-1, K, K)
        expected = expectation(counts)
        if iteration % 3 == 1:
            strength = worth(counts, expected)
        alpha = counts + strength * expected
        log_pi = digamma(alpha) - digamma(alpha.sum(axis=1, keepdims=True))
        before, T = T, answers @ log_pi.reshape(-1, K)
        T += np.log(p)
        posterior(T, known)
        if np.abs(T - before).sum(axis=1) @ times <= TOLERANCE * max(1, votes.n_items):
            break
    return T[alike], alpha / alpha.sum(axis=1, keepdims=True), iteration + 1, iteration + 1 < MOST_ITERATIONS


def same_rows(votes: Votes, known: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Items of the same votes (and the same known label) are believed the same, and computed once.

    Of each kind the first item, (U,); of each item its kind, (N,); and how many items are of each kind, (U,). Texts cut
    in atoms have few kinds; where nearly all items differ, each is a kind. Kinds are told apart by a random sum.
    """
    answers = votes.by_answer
    weights = np.random.default_rng(0).random(answers.shape[1] + 1)
    sums = answers @ weights[:-1] + known * weights[-1]
    _, first, alike, times = np.unique(sums, return_index=True, return_inverse=True, return_counts=True)
    if 2 * len(first) > len(sums):
        every = np.arange(len(sums))
        return every, every, np.ones(len(sums))
    return first, alike, times.astype(np.float64)


def matrices_of(votes: Votes, T: Floats) -> Floats:
    """(A, K voted, K true): everybody's matrix when the probabilities are T, five votes drawn towards the crowd's."""
    counts = (votes.by_answer.T @ T).reshape(-1, votes.n_labels, votes.n_labels)
    alpha = counts + 5.0 * common_confusions(counts)
    return alpha / alpha.sum(axis=1, keepdims=True)


def habits(counts: Floats) -> Floats:
    """(A, K voted, K true): a person knows the label or, if not, says what is their habit (as in MACE)."""
    answered, by_truth = counts.sum(axis=2), counts.sum(axis=1)
    knows = above_chance(counts, KNOWING).clip(0.01, 0.99)
    habit = np.maximum(answered - knows[:, None] * by_truth, 0.0) + NO_HABIT / counts.shape[1]
    habit *= ((1 - knows) / habit.sum(axis=1))[:, None]
    return habit[:, :, None] + knows[:, None, None] * np.eye(counts.shape[1])


def confusions_by_ability(counts: Floats) -> Floats:
    """(A, K voted, K true): a person errs as often as they do, towards the labels that this crowd confuses."""
    return individual_matrices(counts, common_confusions(counts))


def common_confusions(counts: Floats) -> Floats:
    """(K voted, K true) of everybody together; where little is said, the crowd's accuracy and chance errors."""
    total = counts.sum(axis=0)
    K = len(total)
    right = (np.trace(total) + 0.7) / (total.sum() + 1.0)
    coin = np.full((K, K), (1 - right) / max(1, K - 1))
    np.fill_diagonal(coin, right if K > 1 else 1.0)
    total = total + PSEUDO_VOTES * K * coin
    return total / total.sum(axis=0)


def above_chance(counts: Floats, pseudo_votes: float) -> Floats:
    """(A,) how much more often a person is right than they would be by saying their labels at random (Cohen's kappa).

    Shrunk towards the crowd's by as many votes as given. Who always says one label is at 0, however common it is.
    """
    answered, by_truth = counts.sum(axis=2), counts.sum(axis=1)
    n = answered.sum(axis=1)
    by_chance = (answered * by_truth).sum(axis=1) / np.maximum(n, 1e-9)
    gain, room = np.trace(counts, axis1=1, axis2=2) - by_chance, n - by_chance
    crowd = float(gain.sum()) / max(float(room.sum()), 1e-9)
    weight = pseudo_votes * max(float(room.sum()) / max(float(n.sum()), 1e-9), 1e-9)
    return (gain + weight * crowd) / (np.maximum(room, 0.0) + weight)


def individual_matrices(counts: Floats, crowd: Floats) -> Floats:
    """(A, K voted, K true): the crowd's matrix with its errors made as frequent as this person's are.

    A person's rate of error is how often they err against how often the crowd would have erred on the same items.
    """
    K = len(crowd)
    by_truth = counts.sum(axis=1)
    wrong = by_truth.sum(axis=1) - np.trace(counts, axis1=1, axis2=2)
    errors = 1 - np.diag(crowd)
    typical = float(by_truth.sum(axis=0) @ errors) / max(by_truth.sum(), 1e-9)
    rate = (wrong + ERRORS * typical + 1e-9) / (by_truth @ errors + ERRORS * typical + 1e-9)
    own = np.minimum(rate[:, None] * errors, 1 - 0.2 / K)
    matrices = crowd * (own / np.maximum(errors, 1e-12))[:, None, :]
    matrices[:, np.arange(K), np.arange(K)] = 1 - own
    return matrices


def worth(counts: Floats, expected: Floats) -> float:
    """How many votes the expectation is worth: the likeliest of STRENGTHS (Dirichlet–multinomial).

    Empty rows and cells say nothing about it and are left out; of very many rows every so many-th is looked at.
    """
    by_truth = counts.sum(axis=1)
    person, true = np.nonzero(by_truth > 1e-6)
    step = max(1, len(person) * counts.shape[1] // SAMPLE)
    person, true = person[::step], true[::step]
    total, rows = by_truth[person, true], counts[person, :, true]
    means = np.broadcast_to(expected, counts.shape)[person, :, true]
    filled = rows > 1e-6
    n, m = rows[filled], np.maximum(means[filled], 1e-9)
    fit = [
        float((gammaln(s) - gammaln(s + total)).sum() + (gammaln(n + s * m) - gammaln(s * m)).sum()) for s in STRENGTHS
    ]
    return float(STRENGTHS[int(np.argmax(fit))])
