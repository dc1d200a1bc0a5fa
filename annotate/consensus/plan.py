"""What has to be done before a project's consensus is fresh."""

from dataclasses import dataclass
from enum import Flag, auto

SMALL = 20_000
"""Votes up to which a project is always aggregated as a whole: it takes a tenth of a second."""
MUCH = 0.05
"""Share of the votes that may be updated one by one before all are aggregated again."""
QUICK = 200_000
"""Votes beyond which nobody who looks at a page waits for all to be aggregated: the worker does it."""


class Plan(Flag):
    """SKIP: nothing. INCREMENT: the items that are due. FULL: all votes together. DELEGATE: the worker does that."""

    SKIP = 0
    INCREMENT = auto()
    FULL = auto()
    DELEGATE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a project's consensus stands, and what its reader wants.

    `votes` were there when all were last aggregated, `updated` items were updated one by one since, `due` changes
    are not taken in yet. `is_current` says that this was by the method and the labels of now; `has_gold`, that known
    answers take part, whose changes are nowhere noted. Who `waits` gets a fresh consensus however long it takes;
    `whole` asks for all votes together.
    """

    votes: int = 0
    updated: int = 0
    due: int = 0
    is_current: bool = True
    has_gold: bool = False
    waits: bool = True
    whole: bool = False


def plan(state: State) -> Plan:
    """What to do: by a worker as well as here, where Plan.DELEGATE comes together with Plan.INCREMENT."""
    if state.is_current and not state.due and not _is_missing_a_whole_run(state):
        return Plan.SKIP
    takes_long = not state.waits and state.votes + state.due > QUICK
    if not (state.whole or not state.is_current or _is_much(state)):
        return Plan.INCREMENT if not takes_long or state.due <= SMALL else Plan.DELEGATE
    if not takes_long:
        return Plan.FULL
    return Plan.DELEGATE | (Plan.INCREMENT if state.is_current and 0 < state.due <= SMALL else Plan.SKIP)


def _is_missing_a_whole_run(state: State) -> bool:
    return state.whole and bool(state.updated or state.has_gold)


def _is_much(state: State) -> bool:
    return state.votes + state.due <= SMALL or state.updated + state.due > MUCH * state.votes
