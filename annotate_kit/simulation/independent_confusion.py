"""A confusion matrix for each person.

People err independently of each other, each with a matrix of their own.
"""

import numpy as np

from ._crowd import Crowd, Plan, drawn_matrices


def crowd(plan: Plan, rng: np.random.Generator) -> Crowd:
    """The given matrices, or ones whose rows are drawn uniformly, their largest entry put on the diagonal."""
    matrices = plan.given_matrices(plan.n_annotators)
    if matrices is None:
        matrices = drawn_matrices(plan.n_annotators, plan.n_labels, 1.0, rng)
    return Crowd(matrices)
