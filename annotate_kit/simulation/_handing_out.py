"""Who answers which item: at random, with no more than so many votes an item and so many items a person."""

import numpy as np
from numpy.typing import NDArray

from ._crowd import Plan

Ints = NDArray[np.int64]

CELLS = 2**22
"""Lots drawn at once (16 MB)."""


def hand_out(plan: Plan, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """(item, annotator) of every vote, sorted. Every item gets one vote before any gets a second."""
    wanted = _votes_wanted(plan, rng)
    if plan.workload is None:
        return _sorted(*_draw(np.arange(plan.n_items), wanted, np.arange(plan.n_annotators), rng))
    taken = np.zeros(0, dtype=np.int64)
    for goal in (np.minimum(wanted, 1), wanted):
        taken = _fill(taken, goal, plan, rng)
    return _sorted(taken // plan.n_annotators, taken % plan.n_annotators)


def _votes_wanted(plan: Plan, rng: np.random.Generator) -> Ints:
    """(N,) how many votes each item should get."""
    most = min(plan.feedback or plan.n_annotators, plan.n_annotators)
    if plan.imbalance_votes:
        return rng.integers(1, most, endpoint=True, size=plan.n_items)
    return np.full(plan.n_items, most)


def _fill(taken: Ints, goal: Ints, plan: Plan, rng: np.random.Generator) -> Ints:
    """Add votes, coded item · A + annotator, until every item has its goal or the people left are on it already."""
    A = plan.n_annotators
    assert plan.workload is not None
    while True:
        room = plan.workload - np.bincount(taken % A, minlength=A)
        short = goal - np.bincount(taken // A, minlength=plan.n_items)
        free, items = np.flatnonzero(room > 0), np.flatnonzero(short > 0)
        item, annotator = _draw(items, short[items], free, rng, taken, A)
        if not len(item):
            return taken
        has_room = _turn(annotator, rng) < room[annotator]
        taken = np.concatenate([taken, item[has_room] * A + annotator[has_room]])


def _draw(
    items: Ints, wanted: Ints, people: Ints, rng: np.random.Generator, taken: Ints | None = None, A: int = 0
) -> tuple[Ints, Ints]:
    """For each item as many different people as it wants, of those not on it yet; fewer when there are no more."""
    chosen = [(np.zeros(0, dtype=np.int64),) * 2]
    block = max(1, CELLS // max(1, len(people)))
    for start in range(0, len(items) if len(people) else 0, block):
        rows, most = items[start : start + block], wanted[start : start + block]
        random_order = rng.random((len(rows), len(people)), dtype=np.float32)
        if taken is not None:
            random_order[np.isin(rows[:, None] * A + people, taken)] = 2.0
        order = random_order.argsort(axis=1)[:, : most.max()]
        drawn = (np.arange(order.shape[1]) < most[:, None]) & (np.take_along_axis(random_order, order, axis=1) < 2.0)
        row, place = np.nonzero(drawn)
        chosen.append((rows[row], people[order[row, place]]))
    item, annotator = (np.concatenate(column) for column in zip(*chosen, strict=True))
    return item, annotator


def _turn(annotator: Ints, rng: np.random.Generator) -> Ints:
    """For each draw, how many other draws of the same person come before it, in random order."""
    shuffled = rng.permutation(len(annotator))
    order = shuffled[np.argsort(annotator[shuffled], kind="stable")]
    sorted_people = annotator[order]
    turn = np.empty_like(order)
    turn[order] = np.arange(len(order)) - np.searchsorted(sorted_people, sorted_people)
    return turn


def _sorted(item: Ints, annotator: Ints) -> tuple[Ints, Ints]:
    order = np.lexsort((annotator, item))
    return item[order], annotator[order]
