"""Whether the items of the newest import are of another kind than those before.

A classifier two-sample test (Lopez-Paz & Oquab 2017, "Revisiting classifier two-sample tests"): a logistic regression
tries to tell the two apart on items that it has not seen. Where they are alike it cannot, and its AUC is .5.
"""

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

FEWEST = 50  # items on each side
MOST = 1000
CLEAR = 0.6  # the AUC whose interval must lie above: less is seen in any two days' data
FOLDS = 2
PAUSE_SECONDS = 600  # between items that came one by one, or by REST: what comes later is another import


def begins(created: NDArray[np.float64], imports: NDArray[np.float64]) -> NDArray[np.intp]:
    """The places at which imports begin, ascending, but for the first item.

    created  (n,) when each item came, in seconds, in the order of the items
    imports  (m, 2) when files began to be imported, and when that ended

    An import of a file begins where it does, however soon after another and with whatever pauses in it. Where no file
    was imported, a pause parts two imports.
    """
    created = np.maximum.accumulate(created)
    first, end = np.searchsorted(created, imports[:, 0], "left"), np.searchsorted(created, imports[:, 1], "right")
    has_items = first < end
    first, end = first[has_items], end[has_items]
    pauses = np.flatnonzero(np.diff(created) > PAUSE_SECONDS) + 1
    is_inside = ((pauses[:, np.newaxis] > first) & (pauses[:, np.newaxis] < end)).any(axis=1)
    places = np.unique(np.concatenate([first, end, pauses[~is_inside]]))
    return places[(places > 0) & (places < len(created))]


def check(newest: Any, former: Any, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Features (n, d) of items of the newest import and (m, d) of those before; dense or CSR."""
    n, m = newest.shape[0], former.shape[0]
    if min(n, m) < FEWEST:
        return []
    auc, low, high = separation(newest, former, rng)
    if low <= CLEAR:
        return []
    return [{"check": "drift", "auc": round(auc, 3), "low": round(low, 3), "high": round(high, 3), "items": n + m}]


def separation(newest: Any, former: Any, rng: np.random.Generator) -> tuple[float, float, float]:
    """The AUC with which unseen items of the two are told apart, and its 95 % interval after Hanley & McNeil (1982)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    from annotate_kit.features import stack

    X = _comparable(stack([newest, former]))
    is_new = np.arange(X.shape[0]) < newest.shape[0]
    fold = _folds(is_new, rng)
    scores = np.zeros(len(is_new))
    for number in range(FOLDS):
        model = LogisticRegression(C=0.1, max_iter=200, class_weight="balanced").fit(
            X[fold != number], is_new[fold != number]
        )
        scores[fold == number] = _ranks(cast(Any, model.decision_function(X[fold == number])))
    # The two halves find the same accidental difference, so they say as much as one of them alone.
    return _with_interval(float(roc_auc_score(is_new, scores)), int(is_new.sum()) / FOLDS, int((~is_new).sum()) / FOLDS)


def _comparable(X: Any) -> Any:
    """Columns of variance 1 where they are dense, rows of length 1 where they are sparse."""
    from scipy import sparse

    if sparse.issparse(X):
        from annotate_kit.geometry.neighbours import unit_rows

        return unit_rows(X)
    spread = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1)


def _folds(is_new: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.intp]:
    """Each fold has its share of both."""
    fold = np.empty(len(is_new), dtype=np.intp)
    for side in (is_new, ~is_new):
        fold[side] = rng.permutation(int(side.sum())) % FOLDS
    return fold


def _ranks(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """From 0 to 1, so that the scores of two models can be pooled."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(scores) / len(scores), dtype=np.float64)


def _with_interval(auc: float, n: float, m: float) -> tuple[float, float, float]:
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = (auc * (1 - auc) + (n - 1) * (q1 - auc**2) + (m - 1) * (q2 - auc**2)) / (n * m)
    reach = 1.96 * max(variance, 0.0) ** 0.5
    return auc, max(0.0, auc - reach), min(1.0, auc + reach)


def drift(finding: dict[str, Any]) -> str:
    return (
        f"The items of the newest import are of another kind than those before: a classifier tells the two apart with "
        f"an AUC of {finding['auc']:.2f} ({finding['low']:.2f} to {finding['high']:.2f}; alike is 0.50). What the "
        "model has learned of the former items may not hold for the new ones, and the score is still mostly that of "
        "the former. Label some of the newest items soon, retrain, and see whether the score holds."
    )
