"""Nearest neighbours by cosine similarity, exactly, a block of rows at a time: memory does not grow with the rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

EQUAL = 1 - 1e-5  # a similarity above is that of equal rows, but for rounding
_NUMBERS_AT_ONCE = 2**22  # of the similarities of a block: 16 MB


def unit_rows(X: Any) -> Any:
    """Each row divided by its length; rows of nothing but zeros stay as they are. Dense or CSR, float32."""
    from scipy import sparse

    if sparse.issparse(X):
        lengths = np.sqrt(np.asarray(X.multiply(X).sum(axis=1)).ravel())
        return sparse.csr_matrix(sparse.diags((1 / np.where(lengths > 0, lengths, 1)).astype(np.float32)) @ X)
    X = np.asarray(X, dtype=np.float32)
    lengths = np.linalg.norm(X, axis=1, keepdims=True)
    return X / np.where(lengths > 0, lengths, 1)


def nearest(
    queries: Any, reference: Any, k: int, *, but_equals: bool = False
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """(places, similarities), each (n, k): the k rows of `reference` that are most like each query, in no order.

    Both hold rows of length 1. Where the reference has fewer rows, k is smaller. With `but_equals`, rows that equal the
    query are no neighbours of it (it may be in the reference itself); where too few others are there, the similarity
    of what fills the row is minus infinity.
    """
    n, size = queries.shape[0], reference.shape[0]
    k = min(k, size)
    if k <= 0:
        return np.empty((n, 0), dtype=np.intp), np.empty((n, 0), dtype=np.float32)
    places, similarities = np.empty((n, k), dtype=np.intp), np.empty((n, k), dtype=np.float32)
    step = max(1, _NUMBERS_AT_ONCE // size)
    for start in range(0, n, step):
        block = _product(queries[start : start + step], reference)
        if but_equals:
            block[block > EQUAL] = -np.inf
        nearest_columns = np.argpartition(block, size - k, axis=1)[:, size - k :]
        places[start : start + step] = nearest_columns
        similarities[start : start + step] = np.take_along_axis(block, nearest_columns, axis=1)
    return places, similarities


def nearness(queries: Any, reference: Any, k: int) -> NDArray[np.float32]:
    """(n,): the mean similarity of each query to the k rows of `reference` that are most like it; see `nearest`."""
    n, size = queries.shape[0], reference.shape[0]
    k = min(k, size)
    means = np.zeros(n, dtype=np.float32)
    step = max(1, _NUMBERS_AT_ONCE // max(1, size))
    for start in range(0, n if k > 0 else 0, step):
        block = _product(queries[start : start + step], reference)
        means[start : start + step] = np.partition(block, size - k, axis=1)[:, size - k :].mean(axis=1)
    return means


def neighbour_means(queries: NDArray[np.float32], reference: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """(n, d): the mean of the k nearest rows of the reference but equal ones, weighted by their similarity.

    What has no neighbour that resembles it is its own mean.
    """
    places, similarities = nearest(queries, reference, k, but_equals=True)
    weights = np.clip(similarities, 0, None)
    total = weights.sum(axis=1, keepdims=True)
    weights /= np.where(total > 0, total, 1)
    means = np.zeros_like(queries)
    for neighbour in range(places.shape[1]):
        means += weights[:, neighbour, np.newaxis] * reference[places[:, neighbour]]
    return np.where(total > 0, means, queries)


def _product(rows: Any, reference: Any) -> NDArray[np.float32]:
    product = rows @ reference.T
    return product.toarray() if hasattr(product, "toarray") else product
