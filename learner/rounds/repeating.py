"""Running a round again from its record, without a word to the queue, to see that the same comes out."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from learner.models import Round
from learner.pipeline import learning
from learner.pipeline.learnt import Learnt
from learner.rounds import outcomes, records


class NotRepeatable(Exception):
    """The message says what is missing."""


@dataclass(frozen=True)
class Repetition:
    """Whether the same order came out; `differences` says what is not as it was: (name, then, now)."""

    is_same: bool
    n_items: int
    differences: list[tuple[str, Any, Any]]


def repeat(round: Round) -> Repetition:
    """Run a round on the data that it read, with its seed and parameters. Nothing is published or stored.

    NotRepeatable where its data are not stored (any more). Features that changed since, or other versions of the
    libraries, are the differences that remain.
    """
    outcome = outcomes.load(round)
    if outcome is None or outcome.data is None:
        raise NotRepeatable("what this round read is not stored; that of the last five rounds that choose labels is")
    parameters = round.record["parameters"]
    project = copy.copy(round.project)
    for name in records.PARAMETERS:
        setattr(project, name, parameters[name])
    if list(project.label_names) != parameters["labels"]:
        raise NotRepeatable("the labels of the project have changed since")
    learnt = Learnt(tuning=dict(parameters["former_tuning"]))
    learning.learn(project, learnt, round.pk, _no_phase, outcome.data)
    now = {**records.of_beginning(round, {}), **records.of_outcome(learnt)}
    now["parameters"] = parameters
    is_same = now["order"] == round.record["order"]
    return Repetition(is_same, len(learnt.order), records.differences(round.record, now))


@contextmanager
def _no_phase(name: str) -> Iterator[Callable[[float], None]]:
    yield lambda share: None
