"""Taking answers in, and back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from annotate.models import Annotation, AnnotationChange, Assignment, ConsensusDue, QueueEntry, Review
from annotate.queue.leasing import locked
from annotate.signals import annotation_submitted
from core.postgres.transactions import atomic, retried
from projects import label_sets
from projects.tasktypes import Content


@dataclass(frozen=True, slots=True)
class Submitted:
    """`outcome` is created, changed, or repeated (this client_key was handled before)."""

    annotation_id: int | None
    outcome: str


class NotYours(Assignment.DoesNotExist):
    """There is no such assignment of this annotator."""


class Reviewed(ValueError):
    """A reviewer has accepted or corrected this answer: only a reviewer changes it now."""

    def __init__(self) -> None:
        super().__init__(
            "A reviewer has settled this answer, so it stays as it is. If it is wrong, write a comment on the item."
        )


def submit(
    assignment: Assignment,
    value: Any,
    client_key: UUID | None = None,
    seconds: float | None = None,
    labels_version: int | None = None,
) -> Submitted:
    """Store an answer; ValueError says what is wrong with it, Reviewed that the present one is settled.

    It is kept for good when this returns, also when the lease had expired. The same `client_key` twice is one
    annotation; another answer to the same assignment replaces the former, which stays in the history. When labels
    are renamed meanwhile the answer follows them; `labels_version` is that of the names which the annotator saw.
    """
    project = assignment.project
    content = Content(lambda: assignment.item.content.load())  # read only where a value hangs on what the item shows
    clean = project.clean_value(value, labels_version, content)
    while (stored := _submit(assignment, clean, client_key, seconds)).outcome == "relabelled":
        checked_by = project.label_set.version
        project.read_labels_again()
        clean = project.clean_value(clean, checked_by, content)
    if stored.outcome is None:
        raise NotYours("There is no such assignment of yours.")
    if stored.outcome == "reviewed":
        raise Reviewed
    if stored.outcome != "repeated":
        annotation_submitted.send(Annotation, project=assignment.project, item_id=assignment.item_id)
    return stored


@retried
def _submit(assignment: Assignment, clean: Any, client_key: UUID | None, seconds: float | None) -> Submitted:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM annotate_submit(%s, %s, %s::jsonb, %s, %s, %s)",
            [
                assignment.pk,
                assignment.annotator_id,
                orjson.dumps(clean).decode(),
                str(client_key) if client_key else None,
                seconds,
                assignment.project.label_set.version,
            ],
        )
        return Submitted(*cursor.fetchone())


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
        to_history(current.annotation, AnnotationChange.Act.UNDONE, by_id=current.annotator_id)
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
    return newest is not None and newest.verdict != Review.Verdict.SENT_BACK


def to_history(annotation: Annotation, act: AnnotationChange.Act, by_id: int) -> None:
    """Delete an annotation and keep what it said."""
    remember(annotation, act, by_id)
    annotation.delete()
    ConsensusDue.objects.create(item_id=annotation.item_id, project_id=annotation.project_id)


def remember(annotation: Annotation, act: AnnotationChange.Act, by_id: int) -> None:
    """Keep what an annotation says before it is changed or goes."""
    AnnotationChange.objects.create(
        item_id=annotation.item_id,
        annotator_id=annotation.annotator_id,
        by_id=by_id,
        act=act,
        value=annotation.value,
        client_key=annotation.client_key,
        at=timezone.now(),
    )
