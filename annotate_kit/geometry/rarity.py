"""Words weighed by how rare they are.

Spärck Jones 1972, "A statistical interpretation of term specificity and its application in retrieval".
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.geometry.neighbours import unit_rows


def inverse_frequency(often: NDArray[np.integer], n: int) -> NDArray[np.float32]:
    """(w,) the weight of each word that `often` of n texts have: 1 where all do, more where few do."""
    return (np.log((1 + n) / (1 + often)) + 1).astype(np.float32)


def weighted(words: Any, idf: NDArray[np.float32]) -> Any:
    """CSR (n, w): the words of texts times their weights, in rows of length 1."""
    return unit_rows(words.multiply(idf[np.newaxis, :]).tocsr())
