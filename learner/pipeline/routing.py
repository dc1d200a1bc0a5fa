"""Routing: of each item that wants another vote, which people's answers would say most about it."""

import numpy as np
from numpy.typing import NDArray

from annotate.consensus import annotator_model
from annotate.models import Annotation
from annotate.queue import ordering
from annotate_kit import relabelling
from projects.models import Project

Ids = NDArray[np.int64]

MOST = 20_000  # items, the least certain ones: no more stand in an order
FEWEST_VOTES = 20  # of a person, before their skill is compared with that of others


def route(project: Project, items: Ids, probabilities: NDArray[np.floating]) -> None:
    """Have each of these items go first to the half of the people who have not answered it and would say most about it.

    items          (n,) the least certain first
    probabilities  (n, K) what is believed of each
    Items of which fewer than two such people are known go to anybody.
    """
    items, probabilities = items[:MOST], probabilities[:MOST]
    people, tables = annotator_model.tables_of_members(project, probabilities.shape[1], FEWEST_VOTES)
    information = relabelling.information(probabilities, tables)
    information[_has_answered(items, people)] = np.nan
    ordering.prefer(project, items, [_best_half(row, people) for row in information])


def _has_answered(items: Ids, people: Ids) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The places of all pairs (item, person) of which there is an answer."""
    rows = Annotation.objects.filter(item__in=items.tolist(), annotator__in=people.tolist())
    place = {item: row for row, item in enumerate(items.tolist())}
    column = {person: number for number, person in enumerate(people.tolist())}
    pairs = [(place[item], column[person]) for item, person in rows.values_list("item", "annotator")]
    of_items, of_people = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    return of_items, of_people


def _best_half(information: NDArray[np.float64], people: Ids) -> list[int] | None:
    """Those whose answer says as much as that of the middle one, or more; None where there is no choice."""
    can_answer = ~np.isnan(information)
    if can_answer.sum() < 2:
        return None
    middle = np.quantile(information[can_answer], 0.5, method="higher")
    best: list[int] = people[can_answer][information[can_answer] >= middle].tolist()
    return best
