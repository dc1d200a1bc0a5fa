"""Which candidate is better, by a Bradley–Terry regression on what the candidates say.

An item is a list of texts, two or more, and a value their numbers from 0, the best first. Of every two candidates

    P(a is better than b) = σ(w · (φ(a) − φ(b)))

where φ counts hashed words, pairs of words and runs of characters, and has the length. As it hangs on differences
alone, swapping two candidates swaps their chances: that people prefer what stands on the left cannot be learned, and
does no harm where the records have the candidates in random order. The pairs of an item with n candidates weigh n − 1
together, since they are no n (n − 1) / 2 observations. An order with a candidate that the item lacks is left out.

The score is the mean of 1 − |2 p − 1| over neighbours of the predicted order: 1 where any two could as well be swapped.

R. Bradley, M. Terry (1952), Rank analysis of incomplete block designs.
"""

import io
import math
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import scipy  # which loads a part of itself when that is first used
from numpy.typing import NDArray

from annotate_kit.merging import Content, ranking
from annotate_kit.softmax_regression import descend

from ._contract import Prediction
from ._ngrams import vectors
from ._vectors import with_values

takes = "candidates"

Floats = NDArray[np.float64]

C = 1.0
MAX_ITERATIONS = 200


def lacking(values: Sequence[Any]) -> str:
    """What must be there before anything can be learned; nothing where it is."""
    n_orders = sum(value is not None for value in values)
    return "" if n_orders > 1 else "at least two items of which people prefer a candidate"


def fit(contents: Sequence[Any], values: Sequence[Any], weights: Sequence[float] | None = None) -> bytes:
    """Learn from candidates and their orders. ValueError without two orders."""
    contents, values, weight = with_values(contents, values, weights)
    if what := lacking(values):
        raise ValueError(f"there is nothing to learn from: it takes {what}")
    phi = vectors([text for texts in contents for text in texts])
    columns = np.unique(phi.indices)
    X, (D, weight) = phi[:, columns], _differences(contents, values, weight)
    w, _, _ = descend(lambda w: loss(w, X, D, weight), np.zeros(len(columns)), MAX_ITERATIONS)
    file = io.BytesIO()
    np.savez(file, columns=columns, w=w)
    return file.getvalue()


def predict(model: bytes, contents: Sequence[Any]) -> list[Prediction]:
    """The candidates of each item in their order, with the probability that one is better than the next."""
    ends = np.cumsum([0, *map(len, contents)])
    if np.any(np.diff(ends) < 2):
        raise ValueError(f"an item has two candidates or more; item {np.diff(ends).argmin()} has {np.diff(ends).min()}")
    strengths = _strengths(model, [text for texts in contents for text in texts])
    return [_prediction(strengths[start:end]) for start, end in pairwise(ends)]


def score(values: Sequence[Any], gold: Sequence[Any], contents: Sequence[Any]) -> dict[str, float]:
    """The share of an item's pairs of candidates that stand in the right order, on average; Kendall's τ is 2 × it − 1.

    Items without one of the orders are left out; NaN where none are left. The contents do not matter.
    """
    both = [(value, true) for value, true in zip(values, gold, strict=True) if value is not None and true is not None]
    wrong = [ranking.distance(value, true, Content()) for value, true in both]
    return {"ordered": 1 - float(np.mean(wrong)) if wrong else math.nan}


def loss(w: Floats, X: Any, D: Any, weight: Floats) -> tuple[float, Floats]:
    """Minus the log-likelihood of candidates X, (T, F), and their differences D, (m, T), and |w|² / 2C; its gradient.

    A row of D has 1 at the better candidate and −1 at the worse one.
    """
    margin = D @ (X @ w)
    value = float(weight @ np.logaddexp(0, -margin)) + 0.5 * float(w @ w) / C
    return value, w / C - X.T @ (D.T @ (weight * scipy.special.expit(-margin)))


def _differences(contents: Sequence[Any], values: Sequence[Any], weight: Floats) -> tuple[Any, Floats]:
    """D of `loss`, and the weight of each of its rows."""
    ends = np.cumsum([0, *map(len, contents)])
    pairs = [
        (start + better, start + worse, 2 * item_weight / len(order))
        for (start, end), order, item_weight in zip(pairwise(ends), values, weight, strict=True)
        if start + max(order) < end
        for better, worse in combinations(order, 2)
    ]
    better, worse, of_pairs = np.array(pairs, dtype=np.float64).reshape(-1, 3).T
    rows = np.tile(np.arange(len(pairs)), 2)
    signs = np.repeat([1.0, -1.0], len(pairs))
    columns = np.concatenate([better, worse]).astype(np.int64)
    return scipy.sparse.csr_array((signs, (rows, columns)), shape=(len(pairs), ends[-1])), of_pairs


def _strengths(model: bytes, texts: Sequence[str]) -> Floats:
    """(T,) w · φ of each text."""
    with np.load(io.BytesIO(model)) as file:
        columns, w = file["columns"], file["w"]
    return np.asarray(vectors(texts)[:, columns] @ w)


def _prediction(strength: Floats) -> Prediction:
    order = np.argsort(-strength, kind="stable")
    better = scipy.special.expit(-np.diff(strength[order])).tolist()
    parts = [
        {"candidate": candidate, "place": place, "probability": probability}
        for place, (candidate, probability) in enumerate(zip(order.tolist(), [*better, better[-1]], strict=True), 1)
    ]
    return Prediction(order.tolist(), parts, 2 * (1 - float(np.mean(better))))
