"""A form: several questions an item, answered by labels, numbers and texts.

A value is an object of the questions' names and their answers. A question that was not shown, since its condition does
not hold, is missing in it, and so is an optional one that was left out.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import combinations
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import orjson
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from numpy.typing import NDArray

from annotate_kit.agreement import Agreement, measure
from annotate_kit.merging import agreement_of, sigma_of_pairs
from projects import itemtypes

from . import _merged, _questions, multiple_choice
from ._contract import Answers, Composed, Content, Floats, Part, Question, Spec
from ._drawing import NOTHING
from ._questions import FormQuestion

item_types = frozenset(itemtypes.registry.names)
least_labels = 0
learner = "questions"
limits = ("questions",)

EXAMPLE = """Mood: one of good | mixed | bad
Topics: any of price | service | quality (optional)
Reason: line (optional, if Mood is mixed | bad)"""
ENOUGH = 0.5
"""The share of those who saw an optional question by whose answers it counts as answered."""


@dataclass(frozen=True)
class Options:
    """The questions."""

    questions: str = field(
        default=EXAMPLE,
        metadata={
            "lines": True,
            "help": "A line each: a name, a colon, and how it is answered: one of A | B, any of A | B, "
            "number 1 to 5 (by 0.5), line, or text. At its end may stand (optional), (if Mood is bad | mixed), which "
            "shows it after these answers only, or both: (optional, if Mood is bad).",
        },
    )

    def __post_init__(self) -> None:
        _questions.parsed(self.questions)

    @property
    def parsed(self) -> tuple[FormQuestion, ...]:
        return _questions.parsed(self.questions)


class _Answered(NamedTuple):
    """The answers to one question: `items` are the places of those that have some, ascending."""

    question: FormQuestion
    items: NDArray[np.int64]
    answers: Answers


def clean(value: Any, spec: Spec, content: Content | None = None) -> dict[str, Any]:
    """The answers in the order of the questions, each as its own task type stores it."""
    questions: tuple[FormQuestion, ...] = spec.options.parsed
    if not isinstance(value, dict):
        raise ValueError(f"the answers to a form are an object such as {example(spec)!r}; this is {value!r}")
    names = [question.name for question in questions]
    if unknown := [name for name in value if name not in names]:
        raise ValueError(f"this form has no question {unknown[0]!r}; it has {', '.join(names)}")
    answers: dict[str, Any] = {}
    for question in questions:
        answer = value.get(question.name)
        if not question.is_shown(answers):
            if answer not in (None, "", []):
                raise ValueError(f"“{question.name}” is asked only {question.condition}")
        elif (cleaned := _cleaned(question, answer)) is not None:
            answers[question.name] = cleaned
    return answers


def _cleaned(question: FormQuestion, answer: Any) -> Any:
    """None where an optional question is not answered. Where several labels may be, none is an answer, and one may
    stand without its list."""
    if question.has_several and not isinstance(answer, list):
        answer = [] if answer in (None, "") else [answer]
    if answer in (None, "") or (answer == [] and question.is_required):
        if question.is_required:
            raise ValueError(f"“{question.name}” is not answered")
        return None
    try:
        question.check_labels(answer)
        return question.kind.clean(answer, question.spec, None)
    except ValueError as error:
        raise ValueError(f"“{question.name}”: {error}") from None


def from_form(form: QueryDict, spec: Spec) -> dict[str, Any] | None:
    """Of the questions that are shown after the answers to those before; None where no form was sent."""
    if "form" not in form:
        return None
    answers: dict[str, Any] = {}
    for place, question in enumerate(spec.options.parsed):
        if question.is_shown(answers):
            answers[question.name] = question.kind.from_form(_fields_of(form, place), question.spec)
    return answers


def _fields_of(form: QueryDict, place: int) -> QueryDict:
    """The fields of one question, as its task type calls them."""
    fields, prefix = QueryDict(mutable=True), f"{place}-"
    for name, values in form.lists():
        if name.startswith(prefix):
            fields.setlist(name.removeprefix(prefix), values)
    return fields


def example(spec: Spec) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for question in spec.options.parsed:
        if question.is_shown(answers):
            answers[question.name] = question.kind.example(question.spec)
    return answers


def columns(spec: Spec) -> tuple[FormQuestion, ...]:
    questions: tuple[FormQuestion, ...] = spec.options.parsed
    return questions


def file_settings(spec: Spec) -> dict[str, Any]:
    """What Label Studio calls the answers to each question."""
    return {"questions": {question.name: question.result_type for question in spec.options.parsed}}


def parts(value: Any) -> list[Part]:
    """The name of each question with its answer."""
    return [Part(name, answer) for name, answer in value.items()] if isinstance(value, dict) else []


def rebuild(value: Any, parts: Sequence[Part]) -> dict[str, Any]:
    if any(part.place is None for part in parts):
        raise ValueError("the answers to a form are not made of labels")
    return {part.label or "": part.place for part in parts}


def distance(a: Mapping[str, Any], b: Mapping[str, Any], content: Content | None = None) -> float:
    """The mean over the questions that either answers: 0 for the same answer, Jaccard's distance for several labels."""
    return _mean(_apart(a.get(name), b.get(name)) for name in {**a, **b})


def _apart(a: Any, b: Any) -> float:
    both_have_several = isinstance(a, list) and isinstance(b, list)
    return multiple_choice.distance(a, b) if both_have_several else float(a != b)


def _distance(a: Mapping[str, Any], b: Mapping[str, Any], questions: Iterable[FormQuestion]) -> float:
    """The same, each question by its own task type."""
    return _mean(
        _between(question, a.get(question.name), b.get(question.name))
        for question in questions
        if question.name in a or question.name in b
    )


def _between(question: FormQuestion, a: Any, b: Any) -> float:
    if a is None or b is None:
        return 1.0
    content = Content(lambda: (None, None, None), scale=question.spec.scale)
    return float(question.kind.distance(a, b, content))


def _mean(distances: Iterable[float]) -> float:
    return float(np.mean(rows)) if (rows := list(distances)) else 0.0


def agreement(answers: Answers) -> dict[str, Agreement]:
    """σ and KS by the distance of whole answers."""
    return agreement_of(sys.modules[__name__], _merged.as_merged(answers), replicates=_merged.REPLICATES)


def agreement_of_pairs(answers: Answers) -> tuple[Floats, NDArray[np.int64]]:
    return sigma_of_pairs(sys.modules[__name__], _merged.as_merged(answers))


def agreement_by_question(answers: Answers, spec: Spec) -> list[tuple[str, Agreement]]:
    """Krippendorff's α of each question: for numbers of an interval scale; of texts σ by their distance."""
    answered = [row for row in _by_question(answers, spec) if len(row.answers)]
    return [(row.question.name, _agreement(row.question.kind, row.answers)) for row in answered]


def _agreement(kind: ModuleType, answers: Answers) -> Agreement:
    if not hasattr(kind, "agreement"):
        return measure(answers.as_values, replicates=_merged.REPLICATES)
    by_name: dict[str, Agreement] = kind.agreement(answers)
    return by_name.get("interval", by_name["sigma"])


def questions(answers: Answers, spec: Spec) -> list[Question]:
    """Those of each question's own task type, about the items where somebody answered it."""
    return [
        replace(
            own,
            name=answered.question.name if own.name == "label" else f"{answered.question.name}: {own.name}",
            item=answered.items if own.item is None else answered.items[own.item],
        )
        for answered in _by_question(answers, spec)
        for own in answered.question.kind.questions(answered.answers, answered.question.spec)
    ]


def compose(answers: Answers, probabilities: Sequence[Floats], spec: Spec) -> Composed:
    """Each question's answers by its own task type; what the conditions hide after these is left out.

    An optional question is answered where at least half of those who saw it answered it. The confidence is that of the
    least sure answer.
    """
    remaining = iter(probabilities)
    composed = [(answered.question, _composed(answered, remaining)) for answered in _by_question(answers, spec)]
    places = np.stack([_places(answered, answers) for answered in _by_question(answers, spec)], axis=1)
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


def _composed(answered: _Answered, remaining: Iterable[Floats]) -> Composed:
    """Of one question; takes as many of the probabilities as it has questions of its own."""
    question, kind = answered.question, answered.question.kind
    own = [table for _, table in zip(kind.questions(answered.answers, question.spec), remaining, strict=False)]
    composed: Composed = kind.compose(answered.answers, own, question.spec)
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


def _by_question(answers: Answers, spec: Spec) -> list[_Answered]:
    """Cached with the answers, since questions and composition both need it."""
    cached: dict[str, list[_Answered]] = vars(answers).setdefault("_by_question", {})
    key = spec.options.questions
    if key not in cached:
        cached[key] = [_answered(answers, question) for question in spec.options.parsed]
    return cached[key]


def _answered(answers: Answers, question: FormQuestion) -> _Answered:
    has_answer = np.array([question.name in value for value in answers.values], dtype=bool)
    own = [orjson.dumps(value[question.name]) for value in answers.values if question.name in value]
    texts = {text: number for number, text in enumerate(dict.fromkeys(own))}
    code = np.full(len(answers.values), -1, dtype=np.int32)
    code[has_answer] = [texts[text] for text in own]
    rows = has_answer[answers.value] if len(answers.values) else np.zeros(0, dtype=bool)
    items, item = np.unique(answers.item[rows].astype(np.int64), return_inverse=True)
    return _Answered(
        question,
        items,
        Answers(
            answers.items[items],
            answers.people,
            item.astype(np.int32),
            answers.person[rows],
            code[answers.value[rows]],
            [orjson.loads(text) for text in texts],
        ),
    )


def _places(answered: _Answered, answers: Answers) -> NDArray[np.int64]:
    """(N,) the place of each item in what is answered; -1 where too few of those who saw the question answered it."""
    is_shown = np.array([answered.question.is_shown(value) for value in answers.values], dtype=np.float64)
    saw = np.bincount(answers.item, is_shown[answers.value], len(answers.items))
    places = np.full(len(answers.items), -1, dtype=np.int64)
    is_enough = answered.answers.per_item >= ENOUGH * saw[answered.items]
    places[answered.items[is_enough]] = np.flatnonzero(is_enough)
    return places


def _disagreement(answers: Answers, questions: Sequence[FormQuestion]) -> Floats:
    """(N,) the mean distance of two people's answers to an item; 0 of one's alone."""
    order = np.argsort(answers.item, kind="stable")
    by_item = np.split(answers.value[order], np.cumsum(answers.per_item)[:-1])
    known: dict[tuple[int, int], float] = {}

    def apart(a: int, b: int) -> float:
        if (a, b) not in known:
            known[a, b] = _distance(answers.values[a], answers.values[b], questions)
        return known[a, b]

    return np.array([_mean(apart(*sorted(pair)) for pair in combinations(codes.tolist(), 2)) for codes in by_item])


def draw(value: Any, content: Content | None, spec: Spec) -> SafeString:
    if value is None:
        return NOTHING
    rows = (
        (question.name, question.kind.draw(value[question.name], None, question.spec))
        for question in spec.options.parsed
        if question.name in value
    )
    return _listed(rows)


def draw_probabilities(probabilities: Mapping[str, float], spec: Spec) -> SafeString:
    rows = []
    for question in spec.options.parsed:
        own = {f"{question.name}: {label}": label for label in question.labels}
        if by_label := {own[name]: p for name, p in probabilities.items() if name in own}:
            rows.append((question.name, question.kind.draw_probabilities(by_label, question.spec)))
    return _listed(rows)


def draw_parts(parts: Sequence[Mapping[str, Any]], value: Any, content: Content | None, spec: Spec) -> SafeString:
    """How sure the answers are that are no labels, as far as their task types can draw it."""
    rows = []
    for question in spec.options.parsed:
        own = [part for part in parts if part.get("question") == question.name]
        if own and hasattr(question.kind, "draw_parts"):
            drawn = question.kind.draw_parts(own, (value or {}).get(question.name), None, question.spec)
            rows.append((question.name, drawn))
    return _listed(rows)


def _listed(rows: Iterable[tuple[str, SafeString]]) -> SafeString:
    lines = format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", rows)
    return format_html('<dl class="drawn-form">{}</dl>', lines) if lines else SafeString("")


def labels_of(value: Mapping[str, Any], spec: Spec) -> list[str]:
    """With the names of their questions, as different questions may have the same labels."""
    labelled = learnable(value, spec) or {}
    return [
        f"{name}: {label}"
        for name, answer in labelled.items()
        for label in (answer if isinstance(answer, list) else [answer])
    ]


def learnable(value: Mapping[str, Any], spec: Spec) -> dict[str, Any] | None:
    """The answers that name labels; None where there are none."""
    names = {question.name for question in spec.options.parsed if question.names_labels}
    return {name: answer for name, answer in value.items() if name in names} or None


def proposed(value: Mapping[str, Any], spec: Spec) -> dict[str, Any]:
    """What a model answers to the questions that would be asked after its answers, as far as these are answers."""
    answers: dict[str, Any] = {}
    for question in spec.options.parsed:
        if question.name in value and question.is_shown(answers):
            with suppress(ValueError):
                answers[question.name] = _cleaned(question, value[question.name])
    return answers
