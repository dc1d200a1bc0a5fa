"""What a project's model can learn by: from what people agree on, or from their votes themselves."""

from annotate_kit import estimators, learning_from_crowds
from projects import tasktypes
from projects.tasktypes import Spec

Choices = list[tuple[str, str]]


def choices() -> Choices:
    """(key, name for people) of everything that a model can learn by."""
    return [*estimators.registry.choices(), *learning_from_crowds.registry.choices()]


def grouped_choices() -> list[tuple[str, Choices]]:
    """The same in two groups, as a select shows them."""
    return [
        ("From what people agree on", estimators.registry.choices()),
        ("From the votes themselves", learning_from_crowds.registry.choices()),
    ]


def learns_from_votes(estimator: str) -> bool:
    """Whether it is taught by everybody's votes, with no consensus in between."""
    return estimator in learning_from_crowds.registry


def why_not(estimator: str, task_type: str) -> str:
    """Why this estimator cannot learn answers of such a kind; nothing when it can."""
    if not learns_from_votes(estimator) or _is_one_label(task_type):
        return ""
    kind = tasktypes.registry.title(task_type)
    return (
        f"{estimator} learns from votes on items of one label each, not from answers of the kind “{kind}”; auto does."
    )


def _is_one_label(task_type: str) -> bool:
    """Whether an answer is one label of the item as a whole."""
    kind = tasktypes.registry.load(task_type)
    return bool(kind.learner == "choices" and kind.targets([], Spec((), options=kind.Options())).ndim == 1)
