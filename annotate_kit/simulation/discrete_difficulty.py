"""Easy, hard and unknowable items.

Everybody knows the easy items and guesses at the random ones; on the hard ones people err as their matrices say.
"""

import numpy as np

from ._crowd import Crowd, Floats, Plan, drawn_matrices

LEVELS = ["easy", "hard", "random"]


def crowd(plan: Plan, rng: np.random.Generator) -> Crowd:
    """`ratio` of the people, the first ones, are good: the true label is what they say most.

    A share `random` of the items is random; of the others `ratio_diff` are easy for every hard one.
    """
    hard = (1 - plan.random) / (plan.ratio_diff + 1)
    difficulties = rng.choice(LEVELS, p=[plan.ratio_diff * hard, hard, plan.random], size=plan.n_items)
    matrices = plan.given_matrices(plan.n_annotators)
    return Crowd(_drawn(plan, rng) if matrices is None else matrices, difficulties)


def _drawn(plan: Plan, rng: np.random.Generator) -> Floats:
    """Good people's rows are sharp, their largest entry put on the diagonal; the others' are uniform."""
    K = plan.n_labels
    good = drawn_matrices(plan.share, K, 0.2, rng)
    return np.concatenate([good, rng.dirichlet(np.ones(K), size=(plan.n_annotators - plan.share, K))])
