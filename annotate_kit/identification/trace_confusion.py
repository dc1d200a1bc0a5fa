"""Trace of a person's confusion matrix.

K = always right, 1 = as good as guessing, 0 = always wrong.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotate_kit.aggregation import Votes

from ._confusion import matrices

ABOUT = "annotators"
SUSPECT = "low"


def score(votes: Votes, confusion: ArrayLike | None = None, max_iterations: int = 50) -> NDArray[np.float64]:
    """(A,) the diagonal's sum, 0 to K; NaN for people without votes.

    `confusion`, (A, K, K), saves running Dawid–Skene.
    """
    return np.trace(matrices(votes, confusion, max_iterations), axis1=1, axis2=2)
