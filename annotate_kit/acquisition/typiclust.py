"""Typical items of every region, before anything is known.

Hacohen, Dekel & Weinshall 2022, "Active learning on a budget: opposite strategies suit high and low budgets".
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.acquisition import Pool, Scores, in_parts, top
from annotate_kit.geometry.clustering import k_means
from annotate_kit.geometry.neighbours import nearness, unit_rows
from annotate_kit.geometry.projection import projected

needs = frozenset({"features", "unlabelled"})

NEIGHBOURS = 20
REFERENCE = 512
DIMENSIONS = 64
MOST_CLUSTERED = 50_000


def score(pool: Pool) -> Scores:
    """How typical an item is: its mean cosine similarity to its 20 nearest neighbours in the sample of the pool.

    Of the sample, 512 rows are enough for that.
    """
    features, sample = pool.required("features"), pool.required("unlabelled")
    reference = unit_rows(sample[:: max(1, -(-sample.shape[0] // REFERENCE))])
    return in_parts(features, lambda X: nearness(unit_rows(X), reference, NEIGHBOURS))


def select(candidates: Pool, k: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """The most typical item of each of k clusters, those of large clusters first.

    Of more than 50,000 candidates a random sample of as many is clustered: the large clusters are in it.
    """
    drawn = np.arange(len(candidates))
    if len(drawn) > max(MOST_CLUSTERED, k):
        drawn = np.sort(rng.permutation(drawn)[: max(MOST_CLUSTERED, k)])
    points = projected(candidates.required("features"), DIMENSIONS, rng, drawn)
    cluster = k_means(points, k, rng)
    sizes = np.bincount(cluster, minlength=k)
    chosen = [
        _most_typical(points, np.flatnonzero(cluster == number)) for number in np.argsort(-sizes) if sizes[number]
    ]
    typical = np.array(chosen, dtype=np.intp)
    rest = np.setdiff1d(np.arange(len(drawn)), typical)
    return drawn[np.concatenate([typical, rng.permutation(rest)])[:k]]


def uncovered(features: Any, n: int, k: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """k of the first n rows of `features` (n + m, d): typical ones of regions without any of the other m, which are
    labelled; of large regions first. Where there are fewer such regions, those with few labelled rows follow.
    """
    points = projected(features, DIMENSIONS, rng)
    k, others = min(k, n), len(points) - n
    cluster = k_means(points, k + others, rng)
    size = np.bincount(cluster[:n], minlength=k + others)
    labelled = np.bincount(cluster[n:], minlength=k + others)
    chosen: list[int] = []
    for number in np.lexsort([-size, labelled]):
        if size[number] and len(chosen) < k:
            chosen.append(_most_typical(points, np.flatnonzero(cluster[:n] == number)))
    rest = rng.permutation(np.setdiff1d(np.arange(n), chosen))[: k - len(chosen)]
    return np.concatenate([np.array(chosen, dtype=np.intp), rest]).astype(np.intp)


def _most_typical(points: NDArray[np.float32], members: NDArray[np.intp]) -> int:
    """The member nearest to its own neighbours: of a large cluster, the neighbours of those about its middle."""
    middle = members[top(-np.square(points[members] - points[members].mean(axis=0)).sum(axis=1), 500)]
    if len(middle) < 3:
        return int(middle[0])
    squares = np.square(points[middle]).sum(axis=1)
    distance = np.sqrt(np.maximum(squares[:, None] + squares - 2 * points[middle] @ points[middle].T, 0))
    near = np.partition(distance, min(NEIGHBOURS, len(middle) - 1), axis=1)[:, : NEIGHBOURS + 1]
    return int(middle[near.mean(axis=1).argmin()])
