"""The confusion matrices that scores of people are read from."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotate_kit.aggregation import Votes, aggregate


def matrices(votes: Votes, confusion_given: ArrayLike | None, max_iterations: int) -> NDArray[np.float64]:
    """(A, K, K) the given ones, looked at, or those that Dawid–Skene finds; NaN for people without votes."""
    shape = (votes.n_annotators, votes.n_labels, votes.n_labels)
    if confusion_given is None:
        fitted = aggregate(votes, "dawid_skene", max_iterations=max_iterations).confusion
        assert fitted is not None
        return np.where(votes.per_annotator[:, None, None] > 0, fitted, np.nan)
    confusion = np.asarray(confusion_given, dtype=np.float64)
    if confusion.shape != shape:
        raise ValueError(f"confusion must be {shape}, one matrix for each person; it is {confusion.shape}")
    rows = confusion.sum(axis=2)
    if (
        not (np.isnan(confusion) | (confusion >= 0)).all()
        or not (np.isnan(rows) | np.isclose(rows, 1, atol=1e-3)).all()
    ):
        raise ValueError("confusion must be from 0 on and sum to one in each row; rows of nobody's votes may be NaN")
    return confusion
