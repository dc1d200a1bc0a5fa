"""Vectors that were sent."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from annotate_kit.features import Features

kinds = frozenset({"text", "image", "data"})
VERSION = 1


def compute(contents: Sequence[Any]) -> Features:
    """The vectors themselves: an (n, d) array or CSR matrix, or n sequences of d numbers, as float32.

    ValueError when they differ in length, or hold NaN or infinity.
    """
    from scipy import sparse

    vectors = sparse.csr_matrix(contents, dtype=np.float32) if sparse.issparse(contents) else _dense(contents)
    numbers = vectors.data if sparse.issparse(vectors) else vectors
    if vectors.ndim != 2 or not vectors.shape[1]:
        raise ValueError(f"vectors must be (items, numbers), their shape is {vectors.shape}")
    if not np.isfinite(numbers).all():
        raise ValueError("vectors must hold finite numbers, these have NaN or infinity (or what float32 cannot hold)")
    return vectors


def _dense(contents: Sequence[Any]) -> np.ndarray:
    try:
        with np.errstate(over="ignore"):
            return np.asarray(contents, dtype=np.float32)
    except (ValueError, TypeError):
        raise ValueError("vectors must be numbers, as many for each item") from None
