"""A form: several questions an item, answered by labels, numbers and texts.

A value is an object of the questions' names and their answers. A question that was not shown, since its condition does
not hold, is missing in it, and so is an optional one that was left out.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from numpy.typing import NDArray

from annotate_kit.agreement import Agreement, measure
from annotate_kit.merging import agreement_of, sigma_of_pairs
from projects import itemtypes

from . import _merged, _questions, multiple_choice
from ._contract import Answers, Content, Floats, Part, Spec
from ._drawing import NOTHING
from ._form_consensus import by_question, compose, mean, questions
from ._questions import FormQuestion

__all__ = ["compose", "questions"]

item_types = frozenset(itemtypes.registry.names)
least_labels = 0
learner = "questions"
limits = ("questions",)

EXAMPLE = """Mood: one of good | mixed | bad
Topics: any of price | service | quality (optional)
Reason: line (optional, if Mood is mixed | bad)"""


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


def clean(value: Any, spec: Spec, content: Content | None = None) -> dict[str, Any]:
    """The answers in the order of the questions, each as its own task type stores it."""
    form: tuple[FormQuestion, ...] = spec.options.parsed
    if not isinstance(value, dict):
        raise ValueError(f"the answers to a form are an object such as {example(spec)!r}; this is {value!r}")
    names = [question.name for question in form]
    if unknown := [name for name in value if name not in names]:
        raise ValueError(f"this form has no question {unknown[0]!r}; it has {', '.join(names)}")
    answers: dict[str, Any] = {}
    for question in form:
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
    columns: tuple[FormQuestion, ...] = spec.options.parsed
    return columns


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
    return mean(_apart(a.get(name), b.get(name)) for name in {**a, **b})


def _apart(a: Any, b: Any) -> float:
    both_have_several = isinstance(a, list) and isinstance(b, list)
    return multiple_choice.distance(a, b) if both_have_several else float(a != b)


def agreement(answers: Answers) -> dict[str, Agreement]:
    """σ and KS by the distance of whole answers."""
    return agreement_of(sys.modules[__name__], _merged.as_merged(_merged.bare(answers)), replicates=_merged.REPLICATES)


def agreement_of_pairs(answers: Answers) -> tuple[Floats, NDArray[np.int64]]:
    return sigma_of_pairs(sys.modules[__name__], _merged.as_merged(_merged.bare(answers)))


def agreement_by_question(answers: Answers, spec: Spec) -> list[tuple[str, Agreement]]:
    """Krippendorff's α of each question: for numbers of an interval scale; of texts σ by their distance."""
    answered = [row for row in by_question(answers, spec) if len(row.answers)]
    return [(row.question.name, _agreement(row.question.kind, row.answers)) for row in answered]


def _agreement(kind: ModuleType, answers: Answers) -> Agreement:
    if not hasattr(kind, "agreement"):
        return measure(answers.as_values, replicates=_merged.REPLICATES)
    by_name: dict[str, Agreement] = kind.agreement(answers)
    return by_name.get("interval", by_name["sigma"])


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
