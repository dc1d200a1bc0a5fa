"""Students who err as their teachers do.

Each student has the confusion matrix of one teacher, so that mistakes come in groups.
"""

import numpy as np

from ._crowd import Crowd, Plan, drawn_matrices


def crowd(plan: Plan, rng: np.random.Generator) -> Crowd:
    """`ratio` of the people, the last ones, are students of the others.

    The rows of the others' matrices are drawn uniformly, their largest entry put on the diagonal.
    """
    students = plan.share
    teachers = plan.n_annotators - students
    if not teachers:
        raise ValueError(f"ratio is {plan.ratio}: all {plan.n_annotators} people are students; one teacher is needed")
    matrices = plan.given_matrices(teachers)
    if matrices is None:
        matrices = drawn_matrices(teachers, plan.n_labels, 1.0, rng)
    teacher = rng.integers(teachers, size=students)
    following = np.stack([teachers + np.arange(students), teacher], axis=1)
    return Crowd(np.concatenate([matrices, matrices[teacher]]), following=following)
