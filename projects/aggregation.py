"""Which methods of aggregation can make a consensus in a project."""

import inspect
from typing import Any

import numpy as np

from annotate_kit import aggregation
from projects import tasktypes
from projects.tasktypes import Answers, Question, Spec

RECOMMENDED = "auto"
PASSED = {"votes", "gold"}
"""What a project can hand to a method."""


def methods() -> list[tuple[str, str]]:
    """(key, name for people), the recommended one first and named so."""
    titles = dict(aggregation.registry.choices())
    return [(RECOMMENDED, f"{titles.pop(RECOMMENDED)}, recommended"), *titles.items()]


def explained() -> list[tuple[str, str]]:
    """(name for people, what it does) of each method, in the same order."""
    return [(title, aggregation.registry.about(name)) for name, title in methods()]


def why_not(method: str, task_type: str, n_labels: int) -> str:
    """Why this method cannot aggregate the votes of such a project; nothing when it can.

    It is tried on two votes.
    """
    entry = aggregation.registry.load(method).aggregate
    for name, parameter in inspect.signature(entry).parameters.items():
        if parameter.default is inspect.Parameter.empty and name not in PASSED:
            return f"{method} needs {name}, which a project does not have; auto takes any votes."
    try:
        for question in _two_votes(task_type, n_labels):
            arguments: dict[str, Any] = {}
            if "gold" in inspect.signature(entry).parameters:
                arguments["gold"] = np.zeros(question.votes.n_items, dtype=np.int32)
            aggregation.aggregate(question.votes, method, **arguments)
    except (ValueError, TypeError) as error:
        return str(error)
    return ""


def _two_votes(task_type: str, n_labels: int) -> list[Question]:
    """What is asked where two people gave the same example of an answer to the same item."""
    kind = tasktypes.registry.load(task_type)
    spec = Spec(tuple(str(number) for number in range(max(1, n_labels))), options=kind.Options())
    ones, zeros = np.zeros(2, dtype=np.int32), np.zeros(1, dtype=np.int64)
    example = kind.example(spec)
    return kind.questions(Answers(zeros, np.arange(2), ones, np.arange(2, dtype=np.int32), ones, [example]), spec)[:1]
