"""Vectors that learners are shown: dense ones, or rows of CSR matrices."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy  # which loads a part of itself when that is first used
from numpy.typing import NDArray


def with_values(
    contents: Sequence[Any], values: Sequence[Any], weights: Sequence[float] | None
) -> tuple[list[Any], list[Any], NDArray[np.float64]]:
    """Contents, values and weights, whose mean is one, of the items that have a value and a weight above 0."""
    weight = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    known = np.flatnonzero(np.array([value is not None for value in values], dtype=bool) & (weight > 0))
    rows = known.tolist()
    scale = len(rows) / max(weight[known].sum(), 1e-300)
    return [contents[row] for row in rows], [values[row] for row in rows], weight[known] * scale


def stacked(rows: Sequence[Any]) -> Any:
    """(n, d) in double precision, CSR where the rows are."""
    if scipy.sparse.issparse(rows[0]):
        return scipy.sparse.vstack(rows, format="csr", dtype=np.float64)
    return np.stack([np.ravel(row) for row in rows]).astype(np.float64)
