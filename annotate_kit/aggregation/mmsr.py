"""M-MSR (robust rank-one).

How often two people agree is, beyond chance, the product of their reliabilities: a matrix of rank one with holes.
It is completed by alternating means from which the most extreme values are dropped, so that a few colluding or
adversarial people cannot spoil it; then votes weigh as the log-odds of their annotators.

Q. Ma, A. Olshevsky (2020), Adversarial crowdsourcing through robust rank-one matrix completion. NeurIPS.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from annotate_kit import progress
from annotate_kit.aggregation._posterior import posterior
from annotate_kit.aggregation._result import Result
from annotate_kit.aggregation._votes import Floats, Votes

LARGEST = 5000
"""Most people: the method looks at all pairs."""
MOST_FLIPS = 50


def aggregate(votes: Votes, *, max_iterations: int = 100, tolerance: float = 1e-4) -> Result:
    """Find everyone's reliability from agreement in pairs, until nobody's moves by `tolerance`.

    ValueError for more than 5000 annotators.
    People who share no item with others are taken to be as reliable as the median of the rest.
    """
    if votes.n_annotators > LARGEST:
        raise ValueError(f"mmsr compares all pairs of people, at most {LARGEST}; there are {votes.n_annotators}")
    agreement, met = pair_agreement(votes)
    size, taken, converged = rank_one(np.abs(agreement), met, votes.n_items, max_iterations, tolerance)
    reliability = size * signs(agreement)
    alone = ~met.any(axis=1)
    if alone.any() and not alone.all():
        reliability[alone] = np.median(reliability[~alone])
    skill = _accuracy(reliability, votes)
    K = votes.n_labels
    weights = np.log(skill * max(1, K - 1) / (1 - skill))
    T, _ = posterior(votes.weighted_tally(weights), np.full(votes.n_items, -1))
    return Result(T, skill, iterations=taken, converged=converged)


def pair_agreement(votes: Votes) -> tuple[Floats, NDArray[np.bool_]]:
    """(A, A) agreement beyond chance of every two people, 1 = always, 0 = by chance; and who met whom."""
    K = votes.n_labels
    ones = np.ones(len(votes))
    shape = (votes.n_annotators, votes.n_items * K)
    voted = sparse.coo_array((ones, (votes.annotator, votes.cell)), shape=shape).tocsr()
    saw = sparse.coo_array((ones, (votes.annotator, votes.item)), shape=(votes.n_annotators, votes.n_items)).tocsr()
    together, same = (saw @ saw.T).toarray(), (voted @ voted.T).toarray()
    np.fill_diagonal(together, 0.0)
    met = together > 0
    share = np.where(met, same / np.where(met, together, 1.0), 0.0)
    return np.where(met, (K * share - 1) / max(1, K - 1), 0.0), met


def rank_one(
    size: Floats, met: NDArray[np.bool_], n_items: int, max_iterations: int, tolerance: float
) -> tuple[Floats, int, bool]:
    """(A,) u with u uᵀ ≈ size where people met, dropping per person the most extreme of what the others say."""
    extreme = max(0, int(met.sum(axis=0).min(initial=0)) // 2 - 1)
    u = np.full(len(size), 0.5)
    v = u.copy()
    least = 1 / np.sqrt(max(1, n_items))
    taken, converged = 0, not len(size)
    while taken < max_iterations and not converged:
        progress.tell("iteration", taken, max_iterations)
        before = u * v
        v = np.maximum(_trimmed_means(size, met, u, v, extreme), least)
        u = np.maximum(_trimmed_means(size, met, v, u, extreme), least)
        taken += 1
        converged = float(np.abs(u * v - before).max()) < tolerance
    return np.sqrt(u * v), taken, converged


def _trimmed_means(size: Floats, met: NDArray[np.bool_], of: Floats, now: Floats, extreme: int) -> Floats:
    """(A,) each person's mean of size / of over whom they met, less the `extreme` highest and lowest around now."""
    estimates = np.sort(np.where(met, size / of, np.inf), axis=1)
    n = met.sum(axis=1)
    below = (estimates < now[:, None]).sum(axis=1)
    above = n - (estimates <= now[:, None]).sum(axis=1)
    low, high = np.minimum(below, extreme), n - np.minimum(above, extreme)
    place = np.arange(len(estimates))
    within = (place >= low[:, None]) & (place < high[:, None])
    sums = np.sum(estimates, axis=1, where=within)
    return np.where(high > low, sums / np.maximum(high - low, 1), now)


def signs(agreement: Floats) -> Floats:
    """(A,) 1 or −1, so that their products fit who agrees and who contradicts; at first everyone is held honest."""
    sign = np.ones(len(agreement))
    for _ in range(MOST_FLIPS):
        before, sign = sign, np.where(agreement @ sign >= 0, 1.0, -1.0)
        if np.array_equal(before, sign):
            break
    return sign


def _accuracy(reliability: Floats, votes: Votes) -> Floats:
    """From agreement beyond chance to the share of right votes, kept away from 0 and 1 by what N items can tell."""
    K, margin = votes.n_labels, 1 / np.sqrt(max(4, votes.n_items))
    least = -1 / (K - 1) + margin if K > 1 else 0.0
    bounded = reliability.clip(min(least, 1 - margin), 1 - margin)
    return (bounded * (K - 1) / K + 1 / K).clip(1e-6, 1 - 1e-6)
