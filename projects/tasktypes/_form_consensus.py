"""What the answers to the questions of a form agree on: each question by its own task type."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from annotate_kit import merging

from ._contract import Answers, Composed, Content, Floats, Question, Spec
from ._questions import FormQuestion

ENOUGH = 0.5
"""The share of those who saw an optional question by whose answers it counts as answered."""


class Answered(NamedTuple):
    """The answers to one question of a form.

    items       the places of those that have some, ascending
    questions   what its own task type lets people vote on
    """

    question: FormQuestion
    items: NDArray[np.int64]
    answers: Answers
    questions: list[Question]


def questions(answers: Answers, spec: Spec) -> list[Question]:
    """Those of each question's own task type, about the items where somebody answered it."""
    return [
        replace(
            own,
            name=answered.question.name if own.name == "label" else f"{answered.question.name}: {own.name}",
            item=answered.items if own.item is None else answered.items[own.item],
        )
        for answered in by_question(answers, spec)
        for own in answered.questions
    ]


def compose(answers: Answers, probabilities: Sequence[Floats], spec: Spec) -> Composed:
    """Each question's answers by its own task type; what the conditions hide after these is left out.

    An optional question is answered where at least half of those who saw it answered it. The confidence is that of the
    least sure answer.
    """
    remaining = iter(probabilities)
    composed = [(answered.question, _composed(answered, remaining)) for answered in by_question(answers, spec)]
    places = np.stack([_places(answered, answers) for answered in by_question(answers, spec)], axis=1)
    rows = [_row(composed, of_item) for of_item in places.tolist()]
    return Composed(
        values=[row.value for row in rows],
        probabilities=[row.probabilities for row in rows],
        confidence=np.array([row.confidence for row in rows]).round(6),
        parts=[row.parts for row in rows],
        disagreement=_disagreement(answers, spec.options.parsed).round(6),
    )


class _Row(NamedTuple):
    value: dict[str, Any]
    probabilities: dict[str, float]
    confidence: float
    parts: list[dict[str, Any]]


def _composed(answered: Answered, remaining: Iterator[Floats]) -> Composed:
    """Of one question; takes as many of the probabilities as it has questions of its own."""
    own = list(islice(remaining, len(answered.questions)))
    composed: Composed = answered.question.kind.compose(answered.answers, own, answered.question.spec)
    return composed


def _row(composed: Sequence[tuple[FormQuestion, Composed]], places: Sequence[int]) -> _Row:
    """What is agreed of one item; `places` are those of its answers in what is composed of each question."""
    value: dict[str, Any] = {}
    probabilities: dict[str, float] = {}
    confidence, parts = 1.0, []
    for (question, of_question), place in zip(composed, places, strict=True):
        if place < 0 or not question.is_shown(value):
            continue
        value[question.name] = of_question.values[place]
        by_label = of_question.probabilities[place]
        probabilities |= {f"{question.name}: {label}": share for label, share in by_label.items()}
        confidence = min(confidence, float(of_question.confidence[place]))
        if of_question.parts is not None:
            parts += [{"question": question.name, **part} for part in of_question.parts[place]]
    return _Row(value, probabilities, confidence, parts)


def by_question(answers: Answers, spec: Spec) -> list[Answered]:
    """Cached with the answers, since questions and composition both need it."""
    cached: dict[str, list[Answered]] = vars(answers).setdefault("_by_question", {})
    key = spec.options.questions
    if key not in cached:
        cached[key] = [_answered(answers, question) for question in spec.options.parsed]
    return cached[key]


def _answered(answers: Answers, question: FormQuestion) -> Answered:
    has_answer = np.array([question.name in value for value in answers.values], dtype=bool)
    own = [orjson.dumps(value[question.name]) for value in answers.values if question.name in value]
    texts = {text: number for number, text in enumerate(dict.fromkeys(own))}
    code = np.full(len(answers.values), -1, dtype=np.int32)
    code[has_answer] = [texts[text] for text in own]
    rows = has_answer[answers.value] if len(answers.values) else np.zeros(0, dtype=bool)
    items, item = np.unique(answers.item[rows].astype(np.int64), return_inverse=True)
    to_question = Answers(
        answers.items[items],
        answers.people,
        item.astype(np.int32),
        answers.person[rows],
        code[answers.value[rows]],
        [orjson.loads(text) for text in texts],
    )
    return Answered(question, items, to_question, question.kind.questions(to_question, question.spec))


def _places(answered: Answered, answers: Answers) -> NDArray[np.int64]:
    """(N,) the place of each item in what is answered; -1 where too few of those who saw the question answered it."""
    is_shown = np.array([answered.question.is_shown(value) for value in answers.values], dtype=np.float64)
    saw = np.bincount(answers.item, is_shown[answers.value], len(answers.items))
    places = np.full(len(answers.items), -1, dtype=np.int64)
    is_enough = answered.answers.per_item >= ENOUGH * saw[answered.items]
    places[answered.items[is_enough]] = np.flatnonzero(is_enough)
    return places


def _disagreement(answers: Answers, questions: Sequence[FormQuestion]) -> Floats:
    """(N,) the mean distance of two people's answers to an item, as of other types; 0 of one's alone."""

    @cache
    def apart(a: int, b: int) -> float:
        return _distance(answers.values[a], answers.values[b], questions)

    by_number = SimpleNamespace(distance=lambda a, b, content: apart(*sorted((a, b))))
    contents = [merging.Content()] * len(answers.items)
    numbers = merging.Answers(answers.item, answers.person, answers.value.tolist(), contents, len(answers.people))
    return np.array([merging.disagreement(by_number, numbers, rows) for rows in numbers.by_item()])


def _distance(a: Mapping[str, Any], b: Mapping[str, Any], questions: Iterable[FormQuestion]) -> float:
    """The mean over the questions that either answers, each by its own task type."""
    return mean(
        _between(question, a.get(question.name), b.get(question.name))
        for question in questions
        if question.name in a or question.name in b
    )


def _between(question: FormQuestion, a: Any, b: Any) -> float:
    if a is None or b is None:
        return 1.0
    content = Content(lambda: (None, None, None), scale=question.spec.scale)
    return float(question.kind.distance(a, b, content))


def mean(distances: Iterable[float]) -> float:
    return float(np.mean(rows)) if (rows := list(distances)) else 0.0
