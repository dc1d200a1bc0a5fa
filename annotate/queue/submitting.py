"""Taking answers in, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from annotate.models import Annotation, AnnotationChange, Assignment, ConsensusDue, Item, QueueEntry, Review
from annotate.queue import part_origins
from annotate.queue.leasing import LEASED, Leased, leased_row, locked, python, terms
from annotate.queue.own import NotYours, Own
from annotate.signals import annotation_submitted
from core.postgres.transactions import atomic, retried
from projects import label_sets
from projects.tasktypes import Content

# The leases see the answer stored, the outer query does not: the generation is never newer than what is leased.
_SUBMIT = f"""
    SELECT s.outcome,
           coalesce((SELECT generation FROM annotate_queuestate WHERE project_id = %(project)s), 0),
           (s.stored).id, (s.stored).item_id, (s.stored).value, (s.stored).client_key, (s.stored).seconds,
           (s.stored).created_at, (s.stored).updated_at, l.*
    FROM annotate_submit(%(assignment)s, %(annotator)s, %(value)s::jsonb, %(key)s, %(seconds)s, %(labels)s,
                         %(origins)s::jsonb) AS s
    LEFT JOIN LATERAL (
        {LEASED.format(count="CASE WHEN s.outcome IN ('created', 'changed', 'repeated') THEN %(count)s ELSE 0 END")}
    ) AS l ON true
    ORDER BY l.place
"""  # noqa: S608  all of it is ours
_ANSWER = 9  # so many columns come before those of the leases


class Stored(NamedTuple):
    """An annotation as it is sent."""

    id: int
    item: int
    value: Any
    client_key: UUID | None
    seconds: float | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Submitted:
    """`outcome` is created, changed, or repeated (this client_key was handled before).

    annotation   as it is stored now; None where a repeated answer was taken back since
    next         what was leased in the same statement
    generation   of the ordering in force, never newer than what was leased
    """

    outcome: str | None
    generation: int
    annotation: Stored | None
    next: list[Leased]


class Reviewed(ValueError):
    """A reviewer has accepted or corrected this answer: only a reviewer changes it now."""

    def __init__(self) -> None:
        super().__init__(
            "A reviewer has settled this answer, so it stays as it is. If it is wrong, write a comment on the item."
        )


def submit(
    assignment: Assignment | Own,
    value: Any,
    client_key: UUID | None = None,
    seconds: float | None = None,
    labels_version: int | None = None,
    then_lease: int = 0,
    origins: Sequence[str] | None = None,
    share: bool = False,
) -> Submitted:
    """Store an answer, and lease so many next items, with `share` no more than is fair. One statement.

    ValueError says what is wrong with the answer, Reviewed that the present one is settled.

    It is kept for good when this returns, also when the lease had expired. The same `client_key` twice is one
    annotation; another answer to the same assignment replaces the former, which stays in the history. When labels
    are renamed meanwhile the answer follows them; `labels_version` is that of the names which the annotator saw.
    `origins` say of each part of the value where it comes from (`annotate.queue.part_origins`).
    """
    project = assignment.project
    next_terms = terms(project, assignment.annotator_id, then_lease, share)
    content = Content(lambda: Item.objects.get(pk=assignment.item_id).content.load())  # only where a value hangs on it
    clean = project.clean_value(value, labels_version, content)
    of_parts = part_origins.stored(project, value, origins, clean, labels_version, content)
    answer = {"key": str(client_key) if client_key else None, "seconds": seconds, "origins": _json(of_parts)}
    while (submitted := _submit(assignment, clean, answer, next_terms)).outcome == "relabelled":
        checked_by = project.label_set.version
        project.read_labels_again()
        clean = project.clean_value(clean, checked_by, content)
    if submitted.outcome is None:
        raise NotYours
    if submitted.outcome == "reviewed":
        raise Reviewed
    if submitted.outcome != "repeated":
        annotation_submitted.send(Annotation, project=project, item_id=assignment.item_id)
    return submitted


@retried
def _submit(
    assignment: Assignment | Own, clean: Any, about: Mapping[str, Any], next_terms: dict[str, Any]
) -> Submitted:
    """`about` the answer: its key, seconds and origins; `next_terms` are those of the next leases."""
    answer = {
        **about,
        "assignment": assignment.pk,
        "value": orjson.dumps(clean).decode(),
        "labels": assignment.project.label_set.version,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUBMIT, answer | next_terms)
        return _submitted(cursor.fetchall())


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _submitted(rows: list[tuple]) -> Submitted:
    """One row for each lease, at least one; all begin with the answer."""
    outcome, generation, *stored = rows[0][:_ANSWER]
    annotation = Stored(*stored)
    return Submitted(
        outcome,
        generation,
        None if annotation.id is None else annotation._replace(value=python(annotation.value)),
        [leased_row(row[_ANSWER:]) for row in rows if row[_ANSWER] is not None],
    )


@atomic
def undo(assignment: Assignment, client_key: UUID | None = None) -> Assignment:
    """Take one's answer or skip back: the item is leased again, the answer stays in the history.

    Nothing happens to an assignment that has neither; with `client_key`, to one that has another answer than that.
    Reviewed when a reviewer has settled the answer.
    """
    label_sets.hold(assignment.project_id)
    current = locked(assignment)
    if client_key and not Annotation.objects.filter(assignment=current, client_key=client_key).exists():
        return current
    if current.status == Assignment.Status.SUBMITTED:
        if _is_reviewed(current):
            raise Reviewed
        to_history(current.annotation, AnnotationChange.Action.UNDONE, by_id=current.annotator_id)
    elif current.status == Assignment.Status.SKIPPED:
        QueueEntry.objects.filter(pk=current.item_id).update(
            taken=F("taken") + 1, wanted=Greatest(F("wanted"), F("taken") + 1)
        )
    else:
        return current
    current.status, current.reason = Assignment.Status.LEASED, ""
    current.expires_at = timezone.now() + timedelta(minutes=current.project.lease_minutes)
    current.save(update_fields=["status", "reason", "expires_at"])
    return current


def _is_reviewed(assignment: Assignment) -> bool:
    newest = Review.objects.filter(item=assignment.item_id, annotator=assignment.annotator_id).order_by("-id").first()
    return newest is not None and newest.verdict != Review.Decision.SENT_BACK


def to_history(annotation: Annotation, action: AnnotationChange.Action, by_id: int) -> None:
    """Delete an annotation and keep what it said."""
    store_change(annotation, action, by_id)
    annotation.delete()
    ConsensusDue.objects.create(item_id=annotation.item_id, project_id=annotation.project_id)


def store_change(annotation: Annotation, action: AnnotationChange.Action, by_id: int) -> None:
    """Keep what an annotation says before it is changed or goes."""
    AnnotationChange.objects.create(
        item_id=annotation.item_id,
        annotator_id=annotation.annotator_id,
        by_id=by_id,
        act=action,
        value=annotation.value,
        client_key=annotation.client_key,
        at=timezone.now(),
    )
