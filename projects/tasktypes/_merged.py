"""Task types whose consensus is merged from parts: the mathematics is an entry of `annotate_kit.merging`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit import merging
from annotate_kit.agreement import Agreement

from ._contract import Answers, Composed, Content, Floats, Question

REPLICATES = 200
"""Of the bootstrap that gives coefficients their intervals on pages."""


def questions(kind: str, answers: Answers, settings: Any) -> list[Question]:
    """What of the entry's questions crowd methods can answer."""
    aggregated = [question for question in _plan(kind, answers, settings).questions if question.aggregated]
    return [
        Question(row.name, row.labels, row.votes, np.asarray(row.item, dtype=np.int64), row.independent)
        for row in aggregated
    ]


def compose(kind: str, answers: Answers, probabilities: Sequence[Floats], settings: Any) -> Composed:
    entry, prepared = merging.registry.load(kind), as_merged(answers)
    merged = _plan(kind, answers, settings).compose(probabilities)
    return Composed(
        values=[item.value for item in merged],
        probabilities=[{} for _ in merged],
        confidence=np.array([item.confidence for item in merged]).round(6),
        parts=[[_rounded(part) for part in item.parts] for item in merged],
        disagreement=np.array([merging.disagreement(entry, prepared, rows) for rows in prepared.by_item()]).round(6),
    )


def distance(kind: str, a: Any, b: Any, content: Content | None) -> float:
    return float(merging.registry.load(kind).distance(a, b, _content(content)))


def agreement(kind: str, answers: Answers) -> dict[str, Agreement]:
    """How far people find the same, call it the same and draw it the same; see `annotate_kit.merging.agreement`."""
    return merging.agreement(kind, as_merged(answers), replicates=REPLICATES)


def agreement_of_pairs(kind: str, answers: Answers) -> tuple[Floats, NDArray[np.int64]]:
    """Who agrees with whom, and on how many items; see `annotate_kit.merging.agreement_of_pairs`."""
    return merging.agreement_of_pairs(kind, as_merged(answers))


def clean(kind: str, value: Any, content: Content | None) -> Any:
    return merging.registry.load(kind).clean(value, _content(content))


def _rounded(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "probability": round(part["probability"], 4)}


def _plan(kind: str, answers: Answers, settings: Any) -> merging.Plan:
    """The entry's plan; cached with the answers, since questions and composition both need it."""
    plans = vars(answers).setdefault("_plans", {})
    if kind not in plans:
        plans[kind] = merging.registry.load(kind).plan(as_merged(answers), settings)
    plan: merging.Plan = plans[kind]
    return plan


def bare(answers: Answers) -> Answers:
    """The answers without what their items show, for values that do not hang on it; the same each time."""
    without: Answers = vars(answers).setdefault("_bare", replace(answers, load_contents=list))
    return without


def as_merged(answers: Answers) -> merging.Answers:
    """The same as `annotate_kit.merging` takes them."""
    contents = [_content(content) for content in answers.contents] or [merging.Content()] * len(answers.items)
    values = [answers.values[code] for code in answers.value.tolist()]
    return merging.Answers(answers.item, answers.person, values, contents, len(answers.people))


def _content(content: Content | None) -> merging.Content:
    if content is None:
        return merging.Content()
    width, height = content.size or (None, None)
    return merging.Content(None if content.text is None else len(content.text), width, height, content.scale)
