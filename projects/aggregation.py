"""Which methods of aggregation can make a consensus in a project."""

import inspect
from typing import Any

import numpy as np

from annotate_kit import aggregation
from annotate_kit.aggregation import Votes
from projects import tasktypes

GIVEN = {"votes", "gold"}
"""What a project can hand to a method."""


def why_not(method: str, task_type: str, n_labels: int) -> str:
    """Why this method cannot aggregate the votes of such a project; nothing when it can.

    It is tried on two votes. Where several labels fit, each is a question of two answers.
    """
    entry = aggregation.registry.load(method).aggregate
    for name, parameter in inspect.signature(entry).parameters.items():
        if parameter.default is inspect.Parameter.empty and name not in GIVEN:
            return f"{method} needs {name}, which a project does not have; auto takes any votes."
    one = np.zeros(2, dtype=np.int32)
    k = 2 if tasktypes.registry.load(task_type).multiple else max(1, n_labels)
    try:
        gold: dict[str, Any] = {"gold": one[:1]} if "gold" in inspect.signature(entry).parameters else {}
        aggregation.aggregate(Votes(one, np.arange(2), one, 1, 2, k), method, **gold)
    except (ValueError, TypeError) as error:
        return str(error)
    return ""
