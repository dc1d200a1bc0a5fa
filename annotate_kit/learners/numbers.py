"""Numbers by ridge regression on vectors.

The penalty is the one whose errors on left-out items are least, which one decomposition of the items' products tells
for all penalties. The score is the standard deviation of the posterior mean: largest for what is unlike all that was
learned from.

A. Hoerl, R. Kennard (1970), Ridge regression. C. Rasmussen, C. Williams (2006), Gaussian processes for machine
learning, chapter 2; leaving one out in closed form is chapter 5.4.2.
"""

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy  # which loads a part of itself when that is first used
from numpy.typing import NDArray

from annotate_kit.merging.rating import OF_95, rounded

from ._contract import Prediction
from ._vectors import stacked, with_values

takes = "vectors"

Floats = NDArray[np.float64]

SAMPLE = 1000
"""Items by which the penalty is chosen and the spread is told: more take long, as the cube of their number."""
PENALTIES = 10.0 ** np.arange(-4, 5)
"""In mean squared lengths of the vectors."""


class _Chosen(NamedTuple):
    """What a sample says: the penalty, the mean squared error on left-out items, and a decomposition (basis, shrink) of
    the inverse of its products with the penalty."""

    penalty: float
    noise: float
    basis: Floats
    shrink: Floats


def lacking(values: Sequence[Any]) -> str:
    """What must be there before anything can be learned; nothing where it is."""
    return "" if len({value for value in values if value is not None}) > 1 else "at least two different numbers"


def fit(contents: Sequence[Any], values: Sequence[Any], weights: Sequence[float] | None = None) -> bytes:
    """Learn from vectors, dense or rows of CSR matrices, and their numbers. ValueError without two different ones."""
    contents, values, weight = with_values(contents, values, weights)
    if what := lacking(values):
        raise ValueError(f"there is nothing to learn from: it takes {what}")
    X, y = stacked(contents), np.array(values, dtype=np.float64)
    middle, level = _middle(X, weight), float(np.average(y, weights=weight))
    X, y_off = _scaled(_moved(X, middle), np.sqrt(weight)), np.sqrt(weight) * (y - level)
    sample = np.sort(np.random.default_rng(0).permutation(len(y))[:SAMPLE])
    chosen = _chosen(X[sample], y_off[sample])
    coefficients = scipy.sparse.linalg.lsqr(X, y_off, damp=np.sqrt(chosen.penalty))[0]
    return _packed(X[sample], chosen, middle=middle, level=level, ends=[y.min(), y.max()], coefficients=coefficients)


def predict(model: bytes, contents: Sequence[Any]) -> list[Prediction]:
    """The number of each item, within the range of those learned from, and its interval of 95 %."""
    if not len(contents):
        return []
    seen, known = _unpacked(model)
    X = _moved(stacked(contents), known["middle"])
    ends = known["ends"]
    number = np.clip(X @ known["coefficients"] + known["level"], *ends)
    spread = _spread(X, seen, known)
    half = OF_95 * np.sqrt(spread**2 + known["noise"])
    low, high = np.clip(number - half, *ends), np.clip(number + half, *ends)
    probability = 1 - (high - low) / np.diff(ends)
    return [_prediction(*row) for row in np.stack([number, low, high, probability, spread], axis=1).tolist()]


def _prediction(number: float, low: float, high: float, probability: float, spread: float) -> Prediction:
    part = {"number": rounded(number), "low": rounded(low), "high": rounded(high), "probability": probability}
    return Prediction(rounded(number), [part], spread)


def _chosen(X: Any, y: Floats) -> _Chosen:
    """By the errors of leaving one out: α_i ÷ [(K + λI)⁻¹]_ii, with α = (K + λI)⁻¹ y."""
    products = _dense(X @ X.T)
    size = max(float(np.trace(products)) / len(y), 1e-12)
    values, basis = np.linalg.eigh(products)
    squares, turned = basis**2, basis.T @ y
    options = []
    for penalty in PENALTIES * size:
        shrink = 1 / (values.clip(0) + penalty)
        errors = (basis @ (shrink * turned)) / (squares @ shrink)
        options.append(_Chosen(float(penalty), float(np.mean(errors**2)), basis, shrink))
    return min(options, key=lambda option: option.noise)


def _spread(X: Any, seen: Any, known: dict[str, Any]) -> Floats:
    """(n,) the standard deviation of the posterior of each number, noise left out."""
    length = np.asarray(X.multiply(X).sum(axis=1)).ravel() if scipy.sparse.issparse(X) else (X**2).sum(axis=1)
    explained = (_dense(X @ seen.T) @ known["basis"]) ** 2 @ known["shrink"]
    return np.asarray(np.sqrt((length - explained).clip(0) * known["noise"] / known["penalty"]))


def _middle(X: Any, weight: Floats) -> Floats:
    """(d,) the mean that is taken off dense vectors; sparse ones stay sparse."""
    return np.zeros(1) if scipy.sparse.issparse(X) else np.average(X, axis=0, weights=weight)


def _moved(X: Any, middle: Floats) -> Any:
    return X if scipy.sparse.issparse(X) else X - middle


def _scaled(X: Any, factors: Floats) -> Any:
    return scipy.sparse.diags_array(factors, format="csr") @ X if scipy.sparse.issparse(X) else X * factors[:, None]


def _dense(products: Any) -> Floats:
    return np.asarray(products.toarray() if scipy.sparse.issparse(products) else products)


def _packed(seen: Any, chosen: _Chosen, **arrays: Any) -> bytes:
    file = io.BytesIO()
    if scipy.sparse.issparse(seen):
        arrays |= {"data": seen.data, "indices": seen.indices, "indptr": seen.indptr, "shape": seen.shape}
    else:
        arrays["rows"] = seen
    np.savez(file, **chosen._asdict(), **arrays)
    return file.getvalue()


def _unpacked(model: bytes) -> tuple[Any, dict[str, Any]]:
    """The vectors of the sample, and all else by name."""
    with np.load(io.BytesIO(model)) as file:
        known = dict(file)
    if "rows" in known:
        return known["rows"], known
    parts = (known["data"], known["indices"], known["indptr"])
    return scipy.sparse.csr_array(parts, shape=tuple(known["shape"])), known
