"""What models propose for items: kept here, whoever trained them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection, transaction

from annotate.queue.staged import with_project
from core.postgres import copy
from core.postgres.transactions import retried_without_deleted
from projects import label_sets
from projects.models import Project
from projects.tasktypes import Spec

CHUNK = 20_000
_ROWS = {"item": "bigint", "value": "jsonb", "proba": "jsonb", "score": "float8", "parts": "jsonb"}
_UPSERT = f"""
    INSERT INTO annotate_suggestion (project_id, item_id, model, value, proba, score, parts, created_at)
    SELECT r.project, r.item, %(model)s, r.value, r.proba, r.score, r.parts, statement_timestamp()
    FROM {with_project("suggestion_rows")} r WHERE r.project = %(project)s
    ON CONFLICT (item_id, model) DO UPDATE
    SET value = excluded.value, proba = excluded.proba, score = excluded.score, parts = excluded.parts,
        created_at = excluded.created_at
"""  # noqa: S608  the table is ours


class Proposal(NamedTuple):
    """A value for an item, perhaps with the probability of each label, and how much the model wants to ask about it.

    `parts` are the value's parts with their probability.
    """

    item: int
    value: Any
    proba: dict[str, float] | None = None
    score: float | None = None
    parts: list[dict[str, Any]] | None = None


def store(project: Project, model: str, rows: Iterable[tuple], labels_version: int | None = None) -> int:
    """Keep what a model proposes, in place of what it proposed for these items before; returns how many there were.

    Rows are `Proposal`s or the like. Values are kept as they are: who calls this has cleaned them, by the names of
    `project.label_set`, or of its `labels_version`; where labels were renamed since, they follow. Of several rows of
    an item in a chunk the last counts; items of other projects are passed over.
    """
    rows, stored = iter(rows), 0
    while chunk := {row[0]: Proposal(*row) for row in islice(rows, CHUNK)}:
        stored += _store(project, model, list(chunk.values()), labels_version)
    return stored


@retried_without_deleted
def _store(project: Project, model: str, chunk: list[Proposal], labels_version: int | None) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        proposals = _by_present_names(project, chunk, labels_version)
        copy.stage(cursor, "suggestion_rows", _ROWS, copy.lines(map(_line, proposals)))
        cursor.execute(_UPSERT, {"project": project.pk, "model": model})
        stored: int = cursor.rowcount
        return stored


def _by_present_names(
    project: Project, proposals: Iterable[Proposal], labels_version: int | None
) -> Iterable[Proposal]:
    """The same where the label set is as it was; else those that it still has a place for, by the names of today."""
    checked_by = project.label_set.version if labels_version is None else labels_version
    labels = label_sets.hold(project.pk)
    if labels.version == checked_by:
        return proposals
    names = label_sets.since(project.pk, checked_by, labels)
    return list(_renamed(project, proposals, names, project.spec.with_labels(labels.names)))


def _renamed(
    project: Project, proposals: Iterable[Proposal], names: Mapping[str, str], spec: Spec
) -> Iterator[Proposal]:
    for proposal in proposals:
        proba = proposal.proba and {names[name]: p for name, p in proposal.proba.items() if name in names}
        with suppress(ValueError):  # its label was removed
            value = label_sets.read(project.kind, proposal.value, names, spec)
            yield proposal._replace(value=value, proba=proba, parts=None)  # its parts have the former names


def _line(proposal: Proposal) -> str:
    item, value, proba, score, parts = proposal
    number = copy.number(None if score is None else float(score))
    return copy.line(str(item), copy.json(value), copy.json_or_null(proba), number, copy.json_or_null(parts))
