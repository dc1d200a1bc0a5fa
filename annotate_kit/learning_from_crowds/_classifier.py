"""The classifier under all learners."""

from typing import Any

import numpy as np

from annotate_kit.aggregation import Votes
from annotate_kit.softmax_regression import Preparation, Softmax, descend, softmax, through_softmax

__all__ = ["Preparation", "Softmax", "checked", "descend", "softmax", "through_softmax"]
"""Stored models name `Preparation` and `Softmax` by this module, where they were at first."""


def checked(X: Any, votes: Votes) -> Any:
    """The features; ValueError unless they are one row of finite numbers an item."""
    X = X if hasattr(X, "tocsr") else np.asarray(X, dtype=np.float64)
    if X.ndim != 2 or X.shape[0] != votes.n_items:
        raise ValueError(f"X must be ({votes.n_items}, F), one row an item of the votes; its shape is {X.shape}")
    if not np.isfinite(X.data if hasattr(X, "tocsr") else X).all():
        raise ValueError("X must hold finite numbers; some are infinite or no numbers")
    return X
