"""From probabilities to rows of consensus: the value that the answers agree on, and a reviewer's decision above it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy  # which loads a part of itself when that is first used
from django.db import connection
from numpy.typing import NDArray

from annotate.consensus.vote_arrays import VoteArrays
from annotate.models import Review
from annotate.queue.staged import with_project
from core.postgres import copy
from projects import tasktypes
from projects.models import Project

Floats = NDArray[np.float64]

_ROWS = {
    "item": "bigint", "value": "jsonb", "belief": "jsonb", "parts": "jsonb", "certainty": "float8", "dispute": "float8",
    "settled": "boolean", "votes": "int", "human_value": "jsonb", "human_confidence": "float8",
}  # fmt: skip
_FIELDS = "value, belief, parts, certainty, dispute, settled, votes, human_value, human_confidence"
_UPSERT = f"""
    INSERT INTO annotate_consensus AS c (item_id, project_id, {_FIELDS}, method, updated_at)
    SELECT r.item, r.project, r.value, r.belief, r.parts, r.certainty, r.dispute, r.settled, r.votes,
        r.human_value, r.human_confidence, %(method)s, now()
    FROM {with_project("consensus_rows")} r WHERE r.project = %(project)s ORDER BY r.item
    ON CONFLICT (item_id) DO UPDATE
    SET value = excluded.value, belief = excluded.belief, parts = excluded.parts, certainty = excluded.certainty,
        dispute = excluded.dispute, settled = excluded.settled, votes = excluded.votes,
        human_value = excluded.human_value, human_confidence = excluded.human_confidence, method = excluded.method,
        updated_at = excluded.updated_at
    WHERE (c.value, c.belief, c.parts, c.certainty, c.settled, c.votes, c.dispute, c.human_value, c.human_confidence,
        c.method) IS DISTINCT FROM
        (excluded.value, excluded.belief, excluded.parts, excluded.certainty, excluded.settled, excluded.votes,
         excluded.dispute, excluded.human_value, excluded.human_confidence, excluded.method)
"""  # noqa: S608  the field names are ours


class ConsensusRow(NamedTuple):
    item: int
    value: Any
    probabilities: dict[str, float]
    parts: list[dict[str, Any]] | None
    confidence: float
    disagreement: float
    settled: bool
    votes: int
    human_value: Any = None
    human_confidence: float | None = None


class WithModel(NamedTuple):
    """probabilities (N, K) with the model's vote in them; is_in (N,) whether there is one of this item."""

    probabilities: Floats
    is_in: NDArray[np.bool_]


def store(project: Project, rows: Iterable[ConsensusRow], method: str) -> None:
    """Write these rows; those that are stored so already are not written again. Needs a transaction."""
    with connection.cursor() as cursor:
        copy.stage(cursor, "consensus_rows", _ROWS, copy.lines(map(_line, rows)))
        cursor.execute(_UPSERT, {"project": project.pk, "method": method})


def _line(row: ConsensusRow) -> str:
    numbers = map(copy.number, (row.confidence, row.disagreement, int(row.settled), row.votes))
    texts = (copy.json(row.value), copy.json(row.probabilities), copy.json_or_null(row.parts))
    of_people = (copy.json_or_null(row.human_value), copy.number(row.human_confidence))
    return copy.line(str(row.item), *texts, *numbers, *of_people)


def rows(
    project: Project,
    votes: VoteArrays,
    probabilities: Sequence[Floats],
    item_ids: Sequence[int] | None = None,
    with_model: WithModel | None = None,
) -> Iterator[ConsensusRow]:
    """One row an item that has an answer. `item_ids` None means that all items are in it."""
    if with_model is not None:
        yield from _with_model(project, votes, probabilities, item_ids, with_model)
        return
    composed = project.kind.compose(votes, probabilities, project.spec)
    adjudicated = _adjudicated(project, item_ids)
    disagreement = _disagreement(votes) if composed.disagreement is None else composed.disagreement
    columns = (votes.items, composed.confidence, disagreement, votes.per_item)
    parts = composed.parts or [None] * len(votes.items)
    for item, confidence, differing, people, value, by_label, of_value in zip(
        *(column.tolist() for column in columns), composed.values, composed.probabilities, parts, strict=True
    ):
        if item in adjudicated:
            yield _by_review(project, item, adjudicated[item], differing, people)
        else:
            yield ConsensusRow(item, value, dict(by_label), of_value, confidence, differing, False, people)


def _with_model(
    project: Project,
    votes: VoteArrays,
    probabilities: Sequence[Floats],
    item_ids: Sequence[int] | None,
    with_model: WithModel,
) -> Iterator[ConsensusRow]:
    """The same rows with the model's vote in them, and what people alone agree on beside it."""
    of_people = rows(project, votes, probabilities, item_ids)
    of_all = rows(project, votes, [with_model.probabilities], item_ids)
    for human, row, is_in in zip(of_people, of_all, with_model.is_in.tolist(), strict=True):
        if is_in and not human.settled:
            yield row._replace(human_value=human.value, human_confidence=human.confidence)
        else:
            yield human


def _disagreement(votes: VoteArrays) -> Floats:
    """(N,) the chance that two answers to an item, drawn with replacement, differ."""
    shape = (len(votes.items), max(1, len(votes.values)))
    counts = scipy.sparse.coo_array((np.ones(len(votes)), (votes.item, votes.value)), shape=shape).tocsr()
    agreeing = np.asarray((counts * counts).sum(axis=1))
    return np.round(1 - agreeing / votes.per_item**2, 6)


def _adjudicated(project: Project, item_ids: Sequence[int] | None) -> dict[int, Any]:
    """The values that a reviewer's newest decision on an item accepted or made, by item."""
    decisions = Review.objects.filter(project=project).order_by("item", "-id").distinct("item")
    if item_ids is not None:
        decisions = decisions.filter(item__in=item_ids)
    return {
        item: value
        for item, decision, value in decisions.values_list("item", "verdict", "value")
        if decision != Review.Decision.SENT_BACK and project.is_value(value)
    }


def _by_review(project: Project, item: int, value: Any, disagreement: float, people: int) -> ConsensusRow:
    labels = tasktypes.labels_named(project.kind, value)
    probabilities = {name: float(name in labels) for name in project.label_names}
    return ConsensusRow(item, value, probabilities, None, 1.0, disagreement, True, people)
