"""A confusion matrix for each person.

People err independently of each other, each with a matrix of their own.
"""

import numpy as np

from ._crowd import Crowd, Plan


def crowd(plan: Plan, rng: np.random.Generator) -> Crowd:
    """The given matrices, or ones whose rows are drawn uniformly from all distributions."""
    matrices = plan.given_matrices(plan.n_annotators)
    if matrices is None:
        matrices = rng.dirichlet(np.ones(plan.n_labels), size=(plan.n_annotators, plan.n_labels))
    return Crowd(matrices)
