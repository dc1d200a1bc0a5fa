"""What learners answer, and how to ask them about items that they must not have seen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Prediction:
    """What a model makes of one item.

    value    as people would give it
    parts    the value's parts, each with its `probability`
    score    how unsure the model is; higher = ask sooner
    """

    value: Any
    parts: list[dict[str, Any]] = field(default_factory=list)
    score: float = 0.0


def out_of_fold(
    learner: ModuleType,
    contents: Sequence[Any],
    values: Sequence[Any],
    weights: Sequence[float] | None = None,
    *,
    folds: int = 5,
    seed: int = 0,
) -> list[Prediction | None]:
    """One prediction an item, by a model that has not learned from it. None where the others lack what it takes.

    Items whose value is None are predicted and not learned from. ValueError for fewer than two folds.
    """
    if folds < 2:
        raise ValueError(f"folds is {folds}; it takes two or more to predict what was not learned from")
    fold = np.random.default_rng(seed).permutation(len(contents)) % folds
    weight = np.ones(len(contents)) if weights is None else np.asarray(weights, dtype=np.float64)
    known = np.array([value is not None for value in values], dtype=bool) & (weight > 0)
    held_out_predictions: list[Prediction | None] = [None] * len(contents)
    for number in range(min(folds, len(contents))):
        seen = np.flatnonzero(known & (fold != number)).tolist()
        held_out = np.flatnonzero(fold == number).tolist()
        learned = [values[n] for n in seen]
        if learner.lacking(learned):
            continue
        model = learner.fit([contents[n] for n in seen], learned, weight[seen].tolist())
        predictions = learner.predict(model, [contents[n] for n in held_out])
        for place, prediction in zip(held_out, predictions, strict=True):
            held_out_predictions[place] = prediction
    return held_out_predictions
