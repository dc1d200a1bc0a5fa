"""Between the labels of a project and what models train on and predict: names, codes, one 0 or 1 for each label."""

from collections.abc import Sequence
from typing import Any

import numpy as np


class UnknownClasses(ValueError):
    """Nobody can tell which labels the classes of the model are; the message says what to do."""


def encoded(y: Any, labels: Sequence[str]) -> Any:
    """What models train on: lists of labels become (n, K) zeros and ones, a column for each label of the project."""
    if not are_lists(y):
        return y
    return np.array([[int(name in value) for name in labels] for value in y], dtype=int).reshape(len(y), len(labels))


def are_lists(y: Any) -> bool:
    return not isinstance(y, np.ndarray) and len(y) > 0 and all(isinstance(value, list | tuple | set) for value in y)


def probabilities(predicted: Any, model: Any) -> np.ndarray:
    """(n, K) from `predict_proba`, also of models that answer with a list of (n, 2), one for each label."""
    if not isinstance(predicted, list):
        return np.asarray(predicted, dtype=float)
    columns = [
        np.asarray(proba, dtype=float)[:, list(known).index(1)] if 1 in list(known) else np.zeros(len(proba))
        for proba, known in zip(predicted, model.classes_, strict=True)
    ]
    return np.column_stack(columns)


def names(
    model: Any, y: Any, values: Sequence[Any], labels: Sequence[str], requested: Sequence[str] | None
) -> list[str]:
    """The label of each column of the probabilities.

    `requested` by the caller, or else found out: `y` is what the model was trained on, `values` are the labels of the
    same items as the project has them. UnknownClasses when it cannot be found out.
    """
    if requested is not None:
        return [str(name) for name in requested]
    if are_lists(values):
        return _of_columns(np.asarray(y), values, labels)
    classes = list(model.classes_)
    if all(str(name) in labels for name in classes) or len(y) != len(values):
        return [str(name) for name in classes]
    return [_of_code(code, y, values, labels) for code in classes]


def _of_columns(y: np.ndarray, values: Sequence[Any], labels: Sequence[str]) -> list[str]:
    """In the order of the project, or in that of scikit-learn's MultiLabelBinarizer: the names that occur, sorted."""
    for order in (list(labels), sorted({name for value in values for name in value})):
        if np.array_equal(y, encoded(list(values), order)):
            return order
    raise UnknownClasses(
        "model_preprocess made columns of the lists of labels in an order that cannot be told from them; say it: "
        f"orchestrate(…, classes={list(labels)!r})"
    )


def _of_code(code: Any, y: Any, values: Sequence[Any], labels: Sequence[str]) -> str:
    """The one label whose items were trained with this code."""
    intended = {str(value) for value, trained in zip(values, y, strict=True) if trained == code}
    if len(intended) == 1:
        return intended.pop()
    raise UnknownClasses(
        f"the model has a class {code!r}, which stands for {len(intended)} labels; say which label each class is, in "
        f"the order of predict_proba: orchestrate(…, classes={list(labels)!r})"
    )
