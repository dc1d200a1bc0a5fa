"""Reading arrays that are mapped from a file, so that their pages do not stay in this process's memory."""

import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS_AT_ONCE = 16_384  # keeps what is computed on the way within the processor's cache
_PLACES_AT_ONCE = 128  # a page is mapped with its neighbours, up to 2 MB of them


def parts(X: Any) -> Iterator[tuple[slice, Any]]:
    """(where, rows) of X, dense or CSR, a few thousand rows at a time. The pages of a mapped array are given back
    after each part; copy what is to be kept."""
    for start in range(0, X.shape[0], ROWS_AT_ONCE):
        where = slice(start, start + ROWS_AT_ONCE)
        yield where, X[where]
        release(X)


def rows(X: Any, places: NDArray[np.intp]) -> Any:
    """X[places], without the pages of a mapped array staying in memory."""
    if _mapping(X) is None:
        return X[places]
    chosen = np.empty((len(places), *X.shape[1:]), dtype=X.dtype)
    order = np.argsort(places)
    for start in range(0, len(places), _PLACES_AT_ONCE):
        some = order[start : start + _PLACES_AT_ONCE]
        chosen[some] = X[places[some]]
        release(X)
    return chosen


def release(X: Any) -> None:
    """Give the pages of a mapped array back; they are read again, from the system's cache, when they are needed."""
    mapping = _mapping(X)
    if mapping is not None:
        mapping.madvise(mmap.MADV_DONTNEED)


def _mapping(X: Any) -> mmap.mmap | None:
    """The mapping below an array, or below what it is a view of; None where its pages are those of no file, or may
    hold changes that are in memory alone."""
    while isinstance(X, np.ndarray):
        if isinstance(X, np.memmap) and X.mode in ("r", "r+") and isinstance(X.base, mmap.mmap):
            return X.base if hasattr(mmap, "MADV_DONTNEED") else None
        X = X.base
    return None
