"""Any number of labels per item."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.http import QueryDict
from django.utils.safestring import SafeString
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes

from ._choices import ITEM_TYPES, Options, chosen_in, named_probabilities, shares, unknown_label
from ._contract import Answers, Composed, Content, Floats, Part, Question, Spec
from ._drawing import NOTHING, label_chips, muted, shares_each

__all__ = ["Options"]

item_types = ITEM_TYPES
least_labels = 1
learner = "choices"


def clean(value: Any, spec: Spec, content: Content | None = None) -> list[str]:
    """The chosen labels in the project's order; an empty list says that none of them fits."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"a list of labels is wanted, such as {list(spec.labels[:2])!r}, not {value!r}")
    if unknown := [name for name in value if name not in spec.labels]:
        raise unknown_label(unknown[0], spec)
    return [name for name in spec.labels if name in value]


def from_form(form: QueryDict, spec: Spec) -> list[str]:
    return form.getlist("choice")


def example(spec: Spec) -> list[str]:
    return list(spec.labels[:1])


def parts(value: Any) -> list[Part]:
    names = value if isinstance(value, list) else [value]
    return [Part(name) for name in names if isinstance(name, str)]


def rebuild(value: Any, parts: Sequence[Part]) -> list[str]:
    return list(dict.fromkeys(part.label for part in parts if part.label is not None))


def distance(a: list[str], b: list[str], content: Content | None = None) -> float:
    """Jaccard 1901: one minus the share of labels that both name of those that either does."""
    either = set(a) | set(b)
    return 1 - len(set(a) & set(b)) / len(either) if either else 0.0


def questions(answers: Answers, spec: Spec) -> list[Question]:
    """One a label: whether it fits."""
    sizes = (len(answers.items), len(answers.people), 2)
    is_chosen = chosen_in(answers.values, spec)
    return [
        Question(name, ("no", "yes"), Votes(answers.item, answers.person, fits[answers.value].astype(np.int32), *sizes))
        for name, fits in zip(spec.labels, is_chosen.T, strict=True)
    ]


def compose(answers: Answers, probabilities: Sequence[Floats], spec: Spec) -> Composed:
    """Every label above one half; the confidence is that in the least sure yes or no. An only vote stands."""
    fitting = np.stack([fits[:, 1] for fits in probabilities], axis=1)
    fits = fitting > 0.5
    alone = answers.only_value >= 0
    fits[alone] = chosen_in(answers.values, spec)[answers.only_value[alone]]
    return Composed(
        values=_values(fits, spec),
        probabilities=named_probabilities(fitting, spec),
        confidence=np.where(fits, fitting, 1 - fitting).min(axis=1, initial=1.0).round(6),
    )


def draw(value: Any, content: Content | None, spec: Spec) -> SafeString:
    if value is None:
        return NOTHING
    return label_chips([part.label or "" for part in parts(value)], spec) or muted("none of them")


def draw_probabilities(probabilities: Mapping[str, float], spec: Spec) -> SafeString:
    return shares_each(probabilities, spec)


def targets(values: Sequence[list[str]], spec: Spec) -> NDArray[np.int64]:
    return chosen_in(values, spec).astype(np.int64)


def predicted(probabilities: Floats, spec: Spec) -> list[list[str]]:
    return _values(probabilities > 0.5, spec)


def checked_probabilities(by_label: Any, spec: Spec) -> list[float]:
    return shares(by_label, spec)


def _values(fits: NDArray[np.bool_], spec: Spec) -> list[list[str]]:
    return [[spec.labels[label] for label in np.flatnonzero(row)] for row in fits]
