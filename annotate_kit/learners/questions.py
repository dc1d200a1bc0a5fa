"""Categorical questions, several an item, by logistic regression on vectors.

A value is {question: answer}; an answer is a label (one of), or a list of labels (any of), and a question may lack one.
A question of the first kind is one softmax regression, one of the second a logistic regression a label, each learned
from the items that answer it; of dense vectors by their numbers and by how like they are to those of a sample of items.
What all answers to a question have alike is predicted as it is, with the probability of
Laplace's rule, (n + 1) / (n + 2), and has no say in the score. Answers of other kinds, as numbers, are not learned, and
what is a text must not be among the values: it would be taken for a label.

The score is the mean over questions of 1 − margin, the margin being how far the two most probable answers lie apart; of
an any-of question it is the mean over its labels.
"""

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson
import scipy  # which loads a part of itself when that is first used
from numpy.typing import NDArray

from annotate_kit.softmax_regression import Preparation, descend, softmax, softmax_loss

from ._contract import Prediction
from ._radial import Radial
from ._vectors import stacked, with_values

takes = "vectors"

Floats = NDArray[np.float64]

C = 10.0
"""As of the estimator `logistic_regression`."""
MAX_ITERATIONS = 50
"""Of L-BFGS: a hundred more change no figure."""


@dataclass(frozen=True)
class _Choice:
    """One softmax of the model: the answer to a one-of question, or whether an item has a label of an any-of question.

    options     the labels; None stands for all else, as for not having the label
    is_learned  False where all answers are the same
    """

    question: str
    any_of: bool
    options: list[str | None]
    is_learned: bool


class _Seen(NamedTuple):
    """What is seen of vectors: their prepared numbers and, of dense ones, how like those of other items they are."""

    preparation: Preparation
    radial: Radial | None

    @classmethod
    def of(cls, X: Any) -> "_Seen":
        return cls(Preparation.of(X), None if scipy.sparse.issparse(X) else Radial.of(X))

    def apply(self, X: Any) -> Any:
        """Two blocks, the rows of each of length 1 in the root mean square."""
        ready = self.preparation.apply(X)
        return ready if self.radial is None else np.hstack([ready, self.radial.apply(X)])


def lacking(values: Sequence[Any]) -> str:
    """What must be there before anything can be learned; nothing where it is."""
    answers = _by_question([value for value in values if value is not None])
    varies = any(len({_comparable(answer) for _, answer in of_one}) > 1 for of_one in answers.values())
    return "" if varies else "two different answers to one question"


def fit(contents: Sequence[Any], values: Sequence[Any], weights: Sequence[float] | None = None) -> bytes:
    """Learn from vectors, dense or rows of CSR matrices. ValueError where all answers to each question are the same."""
    contents, values, weight = with_values(contents, values, weights)
    if what := lacking(values):
        raise ValueError(f"there is nothing to learn from: it takes {what}")
    X = stacked(contents)
    columns = np.flatnonzero(np.ravel(abs(X).sum(axis=0)))
    seen = _Seen.of(X[:, columns])
    X = seen.apply(X[:, columns])
    choices, coefficients, intercepts = [], [], []
    for choice, rows, chosen in _choices(_by_question(values)):
        W, c = _fitted(X[rows], np.eye(len(choice.options))[chosen], weight[rows], choice)
        choices.append(choice)
        coefficients.append(W)
        intercepts.append(c)
    return _packed(choices, columns, seen, np.hstack(coefficients), np.concatenate(intercepts))


def predict(model: bytes, contents: Sequence[Any]) -> list[Prediction]:
    """The most probable answers to the questions of each item, with the probability of each label among them."""
    if not len(contents):
        return []
    choices, columns, seen, W, c = _unpacked(model)
    scores = seen.apply(stacked(contents)[:, columns]) @ W + c
    ends = np.cumsum([len(choice.options) for choice in choices])
    probabilities = [softmax(part) for part in np.split(scores, ends[:-1], axis=1)]
    best = np.stack([p.argmax(axis=1) for p in probabilities], axis=1).tolist()
    sure = np.stack([p.max(axis=1) for p in probabilities], axis=1).tolist()
    unsure = np.stack([1 - _margin(p) for p in probabilities], axis=1) @ _shares(choices)
    return [_prediction(choices, *row) for row in zip(best, sure, unsure.tolist(), strict=True)]


def score(values: Sequence[Any], gold: Sequence[Any], contents: Sequence[Any]) -> dict[str, float]:
    """Of the answers to questions that a predicted and a known value both answer, the share that are the same.

    NaN where there are none. The contents do not matter.
    """
    same = [
        _comparable(value[name]) == _comparable(true[name])
        for value, true in zip(values, gold, strict=True)
        for name in value.keys() & true.keys()
    ]
    return {"right": float(np.mean(same)) if same else math.nan}


def _comparable(answer: Any) -> Any:
    """The same for the same labels in another order."""
    return frozenset(answer) if isinstance(answer, list) and _is_labels(answer) else answer


def _is_labels(answer: Any) -> bool:
    return isinstance(answer, str) or (isinstance(answer, list) and all(isinstance(label, str) for label in answer))


def _by_question(values: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[int, Any]]]:
    """(row, answer) of those that answer each question by labels."""
    answers: dict[str, list[tuple[int, Any]]] = {}
    for row, value in enumerate(values):
        for name, answer in value.items():
            if _is_labels(answer):
                answers.setdefault(name, []).append((row, answer))
    return answers


def _choices(answers: Mapping[str, Sequence[tuple[int, Any]]]) -> Iterator[tuple[_Choice, list[int], list[int]]]:
    """Each choice, the rows that it is learned from, and which option each of them has."""
    for name, of_one in answers.items():
        rows = [row for row, _ in of_one]
        if any(isinstance(answer, list) for _, answer in of_one):
            sets = [set([answer] if isinstance(answer, str) else answer) for _, answer in of_one]
            for label in sorted(set().union(*sets)):
                has_it = [int(label in labels) for labels in sets]
                yield _Choice(name, True, [None, label], not all(has_it)), rows, has_it
        else:
            labels = sorted({label for _, label in of_one})
            place = {label: number for number, label in enumerate(labels)}
            options = labels if len(labels) > 1 else [*labels, None]
            yield _Choice(name, False, options, len(labels) > 1), rows, [place[label] for _, label in of_one]


def _fitted(X: Any, T: Floats, weight: Floats, choice: _Choice) -> tuple[Floats, Floats]:
    """Coefficients (F, K) and intercepts (K,); of what all have alike none, and those of Laplace's rule."""
    F, K = X.shape[1], T.shape[1]
    if not choice.is_learned:
        return np.zeros((F, K)), np.log(T.sum(axis=0) + 1)
    start = np.zeros((F + 1) * K)
    row, _, _ = descend(lambda row: softmax_loss(row, X, T, weight, C), start, MAX_ITERATIONS)
    return row[:-K].reshape(F, K), row[-K:]


def _margin(p: Floats) -> Floats:
    """(n,) how far the two most probable of each row lie apart."""
    ordered = np.sort(p, axis=1)
    return np.asarray(ordered[:, -1] - ordered[:, -2])


def _shares(choices: Sequence[_Choice]) -> Floats:
    """(choices,) of which the score is made: all questions count the same, and the choices of one the same."""
    learned = [choice.question for choice in choices if choice.is_learned]
    n_questions = len(set(learned))
    return np.array(
        [1 / learned.count(choice.question) / n_questions if choice.is_learned else 0.0 for choice in choices]
    )


def _prediction(choices: Sequence[_Choice], best: list[int], sure: list[float], unsure: float) -> Prediction:
    value: dict[str, Any] = {choice.question: [] for choice in choices}
    parts = []
    for choice, place, probability in zip(choices, best, sure, strict=True):
        if (label := choice.options[place]) is not None:
            parts.append({"question": choice.question, "label": label, "probability": probability})
            value[choice.question] = [*value[choice.question], label] if choice.any_of else label
    return Prediction(value, parts, unsure)


def _packed(choices: Sequence[_Choice], columns: Any, seen: _Seen, W: Floats, c: Floats) -> bytes:
    arrays = {"columns": columns, "length": np.float64(seen.preparation.length), "W": W, "c": c}
    if seen.radial is not None:
        arrays |= {"means": seen.preparation.mean, "scale": seen.preparation.scale, **seen.radial._asdict()}
    file = io.BytesIO()
    np.savez(file, choices=np.frombuffer(orjson.dumps(choices), dtype=np.uint8), **arrays)
    return file.getvalue()


def _unpacked(model: bytes) -> tuple[list[_Choice], Any, _Seen, Floats, Floats]:
    with np.load(io.BytesIO(model)) as file:
        known = dict(file)
    choices = [_Choice(**row) for row in orjson.loads(known["choices"].tobytes())]
    preparation = Preparation(known.get("means"), known.get("scale"), float(known["length"]))
    radial = Radial(*(known[name] for name in Radial._fields)) if "landmarks" in known else None
    return choices, known["columns"], _Seen(preparation, radial), known["W"], known["c"]
