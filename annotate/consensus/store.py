"""From probabilities to rows of consensus: the value that the answers agree on, and a reviewer's decision above it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from scipy import sparse

from annotate.consensus.vote_arrays import VoteArrays
from annotate.models import Review
from core.postgres import copy
from projects import tasktypes
from projects.models import Project

Floats = NDArray[np.float64]

_ROWS = {
    "item": "bigint", "value": "jsonb", "belief": "jsonb", "parts": "jsonb", "certainty": "float8", "dispute": "float8",
    "settled": "boolean", "votes": "int",
}  # fmt: skip
_FIELDS = "value, belief, parts, certainty, dispute, settled, votes"
_UPSERT = f"""
    INSERT INTO annotate_consensus AS c (item_id, project_id, {_FIELDS}, method, updated_at)
    SELECT r.item, i.project_id, r.value, r.belief, r.parts, r.certainty, r.dispute, r.settled, r.votes,
        %(method)s, now()
    FROM consensus_rows r JOIN annotate_item i ON i.id = r.item WHERE i.project_id = %(project)s ORDER BY r.item
    ON CONFLICT (item_id) DO UPDATE
    SET value = excluded.value, belief = excluded.belief, parts = excluded.parts, certainty = excluded.certainty,
        dispute = excluded.dispute, settled = excluded.settled, votes = excluded.votes, method = excluded.method,
        updated_at = excluded.updated_at
    WHERE (c.value, c.belief, c.parts, c.certainty, c.settled, c.votes, c.dispute, c.method) IS DISTINCT FROM
        (excluded.value, excluded.belief, excluded.parts, excluded.certainty, excluded.settled, excluded.votes,
         excluded.dispute, excluded.method)
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


def store(project: Project, rows: Iterable[ConsensusRow], method: str) -> None:
    """Write these rows; those that are stored so already are not written again. Needs a transaction."""
    with connection.cursor() as cursor:
        copy.stage(cursor, "consensus_rows", _ROWS, copy.lines(map(_line, rows)))
        cursor.execute("ANALYZE consensus_rows")
        cursor.execute(_UPSERT, {"project": project.pk, "method": method})


def _line(row: ConsensusRow) -> str:
    item, value, probabilities, parts, confidence, disagreement, settled, votes = row
    numbers = map(copy.number, (confidence, disagreement, int(settled), votes))
    return copy.line(str(item), copy.json(value), copy.json(probabilities), copy.json_or_null(parts), *numbers)


def rows(
    project: Project, votes: VoteArrays, probabilities: Sequence[Floats], item_ids: Sequence[int] | None = None
) -> Iterator[ConsensusRow]:
    """One row an item that has an answer. `item_ids` None means that all items are in it."""
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


def _disagreement(votes: VoteArrays) -> Floats:
    """(N,) the chance that two answers to an item, drawn with replacement, differ."""
    shape = (len(votes.items), max(1, len(votes.values)))
    counts = sparse.coo_array((np.ones(len(votes)), (votes.item, votes.value)), shape=shape).tocsr()
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
