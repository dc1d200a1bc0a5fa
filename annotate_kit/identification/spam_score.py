"""Spam score of Raykar and Yu.

0 = what a person says does not depend on what is true; 1 = it tells the labels apart perfectly, even if it swaps them.

V. C. Raykar, S. Yu (2011), Ranking annotators for crowdsourced labeling tasks.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotate_kit.aggregation import Votes

from ._confusion import matrices

ABOUT = "annotators"
SUSPECT = "low"


def score(votes: Votes, confusion: ArrayLike | None = None, max_iterations: int = 50) -> NDArray[np.float64]:
    """(A,) mean squared distance of the rows of the confusion matrix, 0 to 1; NaN for people without votes.

    1 / (K (K - 1)) Σ_{k<k'} Σ_l (π_kl - π_k'l)², which is (K Σ π² - Σ_l (Σ_k π_kl)²) / (K (K - 1)). It is NaN when
    there is only one label. `confusion`, (A, K, K), saves running Dawid–Skene.
    """
    K = votes.n_labels
    pi = matrices(votes, confusion, max_iterations)
    if K < 2:
        return np.full(len(pi), np.nan)
    apart = K * (pi**2).sum(axis=(1, 2)) - (pi.sum(axis=1) ** 2).sum(axis=1)
    return np.maximum(apart, 0.0) / (K * (K - 1))
