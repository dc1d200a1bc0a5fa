"""One label per item."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.http import QueryDict
from django.utils.safestring import SafeString
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes

from ._choices import ITEM_TYPES, Options, named_probabilities, shares, unknown_label
from ._contract import Answers, Composed, Content, Floats, Part, Question, Spec
from ._drawing import NOTHING, label_chips, shares_of_one

__all__ = ["Options"]

item_types = ITEM_TYPES
least_labels = 2
learner = "choices"

NEARLY_ONE = (0.98, 1.02)


def clean(value: Any, spec: Spec, content: Content | None = None) -> str:
    if not isinstance(value, str) or value not in spec.labels:
        raise unknown_label(value, spec)
    return value


def every_value(spec: Spec) -> list[str]:
    return list(spec.labels)


def from_form(form: QueryDict, spec: Spec) -> str | None:
    return form.get("choice")


def example(spec: Spec) -> str | None:
    return next(iter(spec.labels), None)


def parts(value: Any) -> list[Part]:
    return [Part(value)] if isinstance(value, str) else []


def rebuild(value: Any, parts: Sequence[Part]) -> str | None:
    return parts[0].label if parts else None


def distance(a: str, b: str, content: Content | None = None) -> float:
    return float(a != b)


def questions(answers: Answers, spec: Spec) -> list[Question]:
    """One: which label."""
    sizes = (len(answers.items), len(answers.people), max(1, len(spec.labels)))
    labels = _numbers(answers.values, spec)[answers.value] if len(answers.values) else answers.value
    return [Question("label", spec.labels, Votes(answers.item, answers.person, labels, *sizes))]


def compose(answers: Answers, probabilities: Sequence[Floats], spec: Spec) -> Composed:
    """The likeliest label. An only vote stands, whoever gave it."""
    (by_label,) = probabilities
    label = by_label.argmax(axis=1)
    alone = answers.only_value >= 0
    label[alone] = _numbers(answers.values, spec)[answers.only_value[alone]]
    return Composed(
        values=[spec.labels[number] for number in label.tolist()],
        probabilities=named_probabilities(by_label, spec),
        confidence=by_label[np.arange(len(by_label)), label].round(6),
    )


def draw(value: Any, content: Content | None, spec: Spec) -> SafeString:
    return NOTHING if value is None else label_chips([str(value)], spec)


def draw_probabilities(probabilities: Mapping[str, float], spec: Spec) -> SafeString:
    return shares_of_one(probabilities, spec)


def targets(values: Sequence[str], spec: Spec) -> NDArray[np.int64]:
    return _numbers(values, spec)


def predicted(probabilities: Floats, spec: Spec) -> list[str]:
    return [spec.labels[number] for number in probabilities.argmax(axis=1).tolist()]


def checked_probabilities(by_label: Any, spec: Spec) -> list[float]:
    """Scaled to sum to one, which they must nearly do."""
    proba = shares(by_label, spec)
    total = sum(proba)
    if not NEARLY_ONE[0] <= total <= NEARLY_ONE[1]:
        raise ValueError(f"the probabilities must sum to 1, they sum to {total:.4g}")
    return [share / total for share in proba]


def _numbers(values: Sequence[str], spec: Spec) -> NDArray[np.int64]:
    """(n,) the places of these labels in the label set."""
    place = {name: number for number, name in enumerate(spec.labels)}
    return np.fromiter((place[value] for value in values), dtype=np.int64, count=len(values))
