"""Estimators: what learns from the labels.

An entry has
    make(n_labels, seed, *, sparse, context=None) -> Estimator
                    not fitted yet; `sparse` says that the features are a CSR matrix. As in scikit-learn it has
                    fit(X, y, sample_weight=None), predict_proba(X) and, once fitted, classes_. `fit` needs at least
                    two different labels in `y`.
    representation  optional: the key of `annotate_kit.representations` of the rows that it does best on
    uses_graph      optional: True if `context.graph` makes it better

Whoever wants one column per label, seen or not, asks `proba`; whose items carry several labels, `make_multilabel`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotate_kit.registry import Registry

if TYPE_CHECKING:
    from annotate_kit.geometry.graph import Graph

registry = Registry(__name__)

Tuning = dict[str, float]


@dataclass(frozen=True)
class Context:
    """What is known besides the labelled rows.

    graph   items without labels
    tuning  the settings chosen for an earlier fit, as `tuning_of` gave them; they hold until labels have grown by half
    """

    graph: "Graph | None" = None
    tuning: Tuning | None = None


class Estimator(Protocol):
    classes_: NDArray[Any]

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Any: ...
    def predict_proba(self, X: Any) -> NDArray[np.floating]: ...


def proba(estimator: Estimator, X: Any, n_labels: int) -> NDArray[np.floating]:
    """(n, n_labels) probabilities of the labels 0 … n_labels-1; those that `fit` never saw get 0."""
    predicted = estimator.predict_proba(X)
    if predicted.shape[1] == n_labels:
        return predicted
    every = np.zeros((len(predicted), n_labels), dtype=predicted.dtype)
    every[:, np.asarray(estimator.classes_, dtype=int)] = predicted
    return every


def tuning_of(estimator: Any) -> Tuning | None:
    """The settings that a fitted estimator chose for itself, of those for several labels the first one's; or None."""
    if isinstance(estimator, OnePerLabel):
        return next(filter(None, map(tuning_of, estimator.estimators)), None)
    last = getattr(estimator, "steps", [("", estimator)])[-1][1]
    return getattr(last, "tuning_", None)


def make_multilabel(
    name: str, n_labels: int, seed: int, *, sparse: bool, context: Context | None = None
) -> "OnePerLabel":
    """The entry `name`, once per label, for items that may have any number of `n_labels` labels."""
    entry = registry.load(name)
    return OnePerLabel([entry.make(2, seed, sparse=sparse, context=context) for _ in range(n_labels)])


class OnePerLabel:
    """Yes or no for each label on its own."""

    def __init__(self, estimators: list[Estimator]) -> None:
        self.estimators = estimators
        self._constant: dict[int, float] = {}

    def fit(self, X: Any, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> "OnePerLabel":
        """`Y` (n, n_labels) holds 0 and 1. What all items have, or none, is believed as it is, not learned."""
        answers = np.asarray(Y)
        if answers.ndim != 2 or answers.shape[1] != len(self.estimators):
            raise ValueError(f"Y must be (items, {len(self.estimators)}), its shape is {answers.shape}")
        self._constant = {}
        for label, estimator in enumerate(self.estimators):
            yes = answers[:, label].astype(int)
            if yes.min() == yes.max():
                self._constant[label] = (yes.sum() + 1) / (len(yes) + 2)  # Laplace: never quite sure
            else:
                estimator.fit(X, yes, sample_weight=sample_weight)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        """(n, n_labels): of each label, that the item has it. The rows do not sum to 1."""
        believed = np.empty((X.shape[0], len(self.estimators)))
        for label, estimator in enumerate(self.estimators):
            constant = self._constant.get(label)
            believed[:, label] = estimator.predict_proba(X)[:, 1] if constant is None else constant
        return believed
