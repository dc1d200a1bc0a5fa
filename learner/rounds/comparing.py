"""Two rounds side by side: what decided them, how good they are on the same items, and how they order the queue."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learner import dataset, predictions
from learner.exploration import in_test_share
from learner.models import Round
from learner.rounds import outcomes, records

FIRST = 100  # items of each order that are compared


@dataclass(frozen=True)
class OnTest:
    """Both models on the items served at random that have an answer now.

    `only_first` are right by the first round alone.
    """

    items: int
    first: int
    second: int
    only_first: int
    only_second: int


@dataclass(frozen=True)
class Comparison:
    """`record` (name, in the first, in the second) is what differs in their records.

    same_next   of the first hundred items of each order, how many are in both; None where one is no longer stored
    agreement   the share of all items of which both predict the same; None likewise
    """

    record: list[tuple[str, Any, Any]]
    same_next: int | None
    agreement: float | None
    on_test: OnTest | None


def compare(first: Round, second: Round) -> Comparison:
    """Of the same project. What is no longer stored is left out."""
    record = records.differences(first.record, second.record)
    orders = [outcomes.load(round) for round in (first, second)]
    same = None
    if orders[0] is not None and orders[1] is not None:
        same = len(np.intersect1d(orders[0].order[:FIRST], orders[1].order[:FIRST]))
    both = _predictions(first, second)
    if both is None:
        return Comparison(record, same, None, None)
    items, proba = both
    agreement = float((proba[0].argmax(axis=1) == proba[1].argmax(axis=1)).mean()) if len(items) else None
    return Comparison(record, same, agreement, _on_test(first, items, proba))


def _predictions(first: Round, second: Round) -> tuple[NDArray[np.int64], list[NDArray[np.floating]]] | None:
    """The items that both predict, and what each believes of them, by the same labels."""
    stored = [predictions.of_round(round.project, round.pk) for round in (first, second)]
    if stored[0] is None or stored[1] is None or stored[0].labels != stored[1].labels or first.project.is_multilabel:
        return None
    items = np.intersect1d(stored[0].items, stored[1].items, assume_unique=True)
    return items, [part.proba[part.places(items)[0]] for part in stored if part is not None]


def _on_test(round: Round, items: NDArray[np.int64], proba: list[NDArray[np.floating]]) -> OnTest | None:
    project = round.project
    labelled = dataset.labelled(project)
    labelled = labelled.part(in_test_share(project.pk, labelled.items, project.explore))
    labelled = labelled.part(np.isin(labelled.items, items))
    if not len(labelled) or proba[0].shape[1] != len(project.label_names):
        return None
    places = np.searchsorted(items, labelled.items)
    first, second = (part[places].argmax(axis=1) == labelled.answers for part in proba)
    return OnTest(
        len(labelled),
        int(first.sum()),
        int(second.sum()),
        int((first & ~second).sum()),
        int((second & ~first).sum()),
    )
