"""A reviewer's decisions about answers: accepted, corrected, sent back. The newest one about an item settles it.

Locks are taken in the order that `queue.sql` names: label set, queue entry, assignment, annotation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson
from django.db.models import Count, Max, Min, QuerySet
from django.utils import timezone

from accounts.models import User
from annotate import consensus
from annotate.models import (
    Annotation,
    AnnotationChange,
    Assignment,
    Comment,
    Consensus,
    ConsensusDue,
    Flag,
    Item,
    QueueEntry,
    Review,
    Suspect,
)
from annotate.queue import submitting
from annotate.queue.leasing import SENT_BACK_FOR
from core.postgres.transactions import atomic
from projects import label_sets
from projects.models import Project

MOST_COUNTED = 1000
COPIED = (
    "value",
    "client_key",
    "seconds",
    "suggestion_shown",
    "part_origins",
    "created_at",
)  # what makes an annotation again
ORDERS = {
    "disputed": "Most disputed first",
    "flagged": "Flagged",
    "suspect": "Suspect labels",
    "unsure": "Least certain first",
    "random": "A random sample",
}


class Suspicion(NamedTuple):
    """`neighbours` are the labelled items most like it, with their consensus, nearest first."""

    suspect: Suspect
    neighbours: list[Item]


class AnswerWithdrawn(LookupError):
    """The answer was taken back or sent back meanwhile."""


# Decisions


@atomic
def accept(annotations: Sequence[Annotation], reviewer: User, comment: str = "") -> list[Review]:
    """Say that these answers to an item are right: their value is its consensus from now on."""
    locked = _locked(annotations)
    return [_record(annotation, reviewer, Review.Decision.ACCEPTED, comment) for annotation in locked]


@atomic
def correct(
    annotations: Sequence[Annotation],
    reviewer: User,
    value: Any,
    comment: str = "",
    labels_version: int | None = None,
) -> list[Review]:
    """Put the right value in place of these answers; the former ones stay in the history. ValueError: no value.

    `labels_version` is that of the label set by whose names the reviewer chose the value, where this is known.
    """
    locked = _locked(annotations)
    clean = locked[0].project.clean_value(value, labels_version, locked[0].item.content)
    reviews = []
    for annotation in locked:
        former = copy_of(annotation, annotation.project.label_set.version)
        if annotation.value != clean:
            submitting.store_change(annotation, AnnotationChange.Action.CORRECTED, reviewer.pk)
            annotation.value, annotation.part_origins, annotation.updated_at = clean, None, timezone.now()
            annotation.save(update_fields=["value", "part_origins", "updated_at"])
        reviews.append(_record(annotation, reviewer, Review.Decision.CORRECTED, comment, former))
    return reviews


@atomic
def send_back(annotations: Sequence[Annotation], reviewer: User, comment: str = "") -> list[Review]:
    """Give an item back to those who answered it so, for a day: the answers move to the history, the leases live again.

    Their places in the queue stay theirs, so nobody else gets the item meanwhile. What the reviewer says about it
    becomes a comment on the item, which they see beside it.
    """
    reviews = []
    locked = _locked(annotations)
    if comment:
        locked[0].item.comments.create(author=reviewer, text=comment)
    for annotation in locked:
        reviews.append(_record(annotation, reviewer, Review.Decision.SENT_BACK, comment))
        now = timezone.now()
        submitting.to_history(annotation, AnnotationChange.Action.SENT_BACK, by_id=reviewer.pk)
        Assignment.objects.filter(pk=annotation.assignment_id).update(
            status=Assignment.Status.LEASED, leased_at=now, expires_at=now + SENT_BACK_FOR, reason=""
        )
    return reviews


@atomic
def undo(reviews: Sequence[Review]) -> None:
    """Take a decision back: its answers are what they were before, and it leaves no trace.

    AnswerWithdrawn when that is no longer possible: the answer was changed, or reviewed again, since.
    """
    if not reviews:
        raise AnswerWithdrawn("There is no decision to undo.")
    _lock(reviews[0].project_id, {review.item_id for review in reviews}, [review.annotator_id for review in reviews])
    for review in reviews:
        _undo(review)


def _undo(review: Review) -> None:
    pair = {"item": review.item_id, "annotator": review.annotator_id}
    annotation = Annotation.objects.filter(**pair).first()
    newest = Review.objects.filter(**pair).order_by("-id").first()
    if newest != review or review.former is None or _is_changed(review, annotation):
        raise AnswerWithdrawn("The answer was changed or reviewed again since: this decision stands.")
    changes = AnnotationChange.objects.filter(**pair, by=review.reviewer_id)
    if review.verdict == Review.Decision.SENT_BACK:
        _restore(review)
        _delete_newest(changes.filter(act=AnnotationChange.Action.SENT_BACK))
        _delete_newest(Comment.objects.filter(item=review.item_id, author=review.reviewer_id, text=review.comment))
    elif annotation and annotation.value != (former := _former_value(review)):
        origins = (review.former or {}).get("part_origins")
        Annotation.objects.filter(pk=annotation.pk).update(
            value=former, part_origins=origins, updated_at=timezone.now()
        )
        _delete_newest(changes.filter(act=AnnotationChange.Action.CORRECTED))
    ConsensusDue.objects.create(item_id=review.item_id, project_id=review.project_id)
    review.delete()


def _delete_newest(rows: QuerySet[Any]) -> None:
    rows.filter(pk=rows.aggregate(newest=Max("pk"))["newest"]).delete()


def _is_changed(review: Review, annotation: Annotation | None) -> bool:
    """Whether the answer is no longer as this decision left it."""
    if review.verdict != Review.Decision.SENT_BACK:
        return annotation is None or annotation.value != review.value
    lease = Assignment.objects.filter(item=review.item_id, annotator=review.annotator_id).first()
    return annotation is not None or lease is None or lease.status != Assignment.Status.LEASED


def copy_of(annotation: Annotation, labels_version: int) -> dict[str, Any]:
    """What is needed to make an annotation again, whose value has the names of this version of the label set."""
    return {**{name: getattr(annotation, name) for name in COPIED}, "labels_version": labels_version}


def _restore(review: Review) -> None:
    """Make the annotation again that was sent back; its place in the queue was held by the lease."""
    lease = Assignment.objects.get(item=review.item_id, annotator=review.annotator_id)
    former = review.former or {}
    Annotation.objects.create(
        project_id=review.project_id,
        item_id=review.item_id,
        annotator_id=review.annotator_id,
        assignment=lease,
        value=_former_value(review),
        updated_at=timezone.now(),
        **{name: former.get(name) for name in COPIED if name != "value"},
    )
    Assignment.objects.filter(pk=lease.pk).update(status=Assignment.Status.SUBMITTED)


def _former_value(review: Review) -> Any:
    """The value before the decision, by the names that the labels have now. ValueError when one was removed."""
    former = review.former or {}
    return review.project.clean_value(former["value"], former["labels_version"])


def _lock(project_id: int, item_ids: set[int], annotators: Sequence[int]) -> None:
    """Lock what decisions on the answers of these annotators to one item change."""
    if len(item_ids) != 1:
        raise ValueError("A decision is about the answers to one item, and at least one of them.")
    (item_id,) = item_ids
    label_sets.hold(project_id)
    QueueEntry.objects.select_for_update().get(pk=item_id)
    leases = Assignment.objects.select_for_update().filter(item=item_id, annotator__in=annotators)
    list(leases.order_by("pk"))


def _locked(annotations: Sequence[Annotation]) -> list[Annotation]:
    """These answers of one item as they are now; AnswerWithdrawn when one of them is no more."""
    item_ids = {annotation.item_id for annotation in annotations}
    project_id = annotations[0].project_id if annotations else 0
    _lock(project_id, item_ids, [annotation.annotator_id for annotation in annotations])
    rows = Annotation.objects.select_for_update(of=["self"]).select_related("project").order_by("pk")
    locked = list(rows.filter(pk__in=[annotation.pk for annotation in annotations]))
    if len(locked) < len(annotations):
        raise AnswerWithdrawn("This answer was taken back meanwhile.")
    return locked


def _record(
    annotation: Annotation,
    reviewer: User,
    decision: Review.Decision,
    comment: str,
    former: dict[str, Any] | None = None,
) -> Review:
    ConsensusDue.objects.create(item_id=annotation.item_id, project_id=annotation.project_id)
    former = former or copy_of(annotation, annotation.project.label_set.version)
    review = decided(annotation, reviewer, decision, comment, former)
    review.save(force_insert=True)
    return review


def decided(
    annotation: Annotation, reviewer: User, decision: Review.Decision, comment: str, former: dict[str, Any]
) -> Review:
    """The decision about an answer, not stored yet; `former` is the answer's `copy_of` before it."""
    return Review(
        project_id=annotation.project_id,
        item_id=annotation.item_id,
        annotator_id=annotation.annotator_id,
        reviewer=reviewer,
        verdict=decision,
        value=annotation.value,
        comment=comment,
        former=orjson.loads(orjson.dumps(former)),
    )


# What waits for a review


@dataclass(frozen=True, slots=True)
class Group:
    """The people who gave the same answer to an item."""

    value: Any
    annotations: list[Annotation]

    @property
    def people(self) -> list[User]:
        return [annotation.annotator for annotation in self.annotations]

    @property
    def pks(self) -> list[int]:
        return [annotation.pk for annotation in self.annotations]


def groups(item: Item) -> list[Group]:
    """The answers to an item, equal ones together, the most frequent first."""
    together: dict[str, Group] = {}
    for annotation in item.annotations.select_related("annotator").order_by("id"):
        together.setdefault(repr(annotation.value), Group(annotation.value, [])).annotations.append(annotation)
    return sorted(together.values(), key=lambda group: -len(group.annotations))


def has_parts(item: Item) -> bool:
    """Whether the item's consensus is made of labels at places, which can be accepted one by one."""
    agreed = getattr(item, "consensus", None)
    if agreed is None or agreed.parts is None or not hasattr(item.project.kind, "draw_parts"):
        return False
    return all("label" in part for part in agreed.parts)


def waiting(project: Project, order: str, count: int, passed_over: Iterable[int] = ()) -> list[Item]:
    """The next items without a decision that stands, in one of ORDERS, without those that were passed over.

    Each order is a walk along an index; a random sample is drawn anew each time.
    """
    unsettled = consensus.fresh(project, wait=False).filter(settled=False).exclude(item__in=list(passed_over))
    if order == "random":
        item_ids = _at_random(unsettled, count)
    elif order == "flagged":
        raised = Flag.objects.filter(item__consensus__in=unsettled).values("item")
        ranked = raised.annotate(n=Count("pk"), first=Min("created_at")).order_by("-n", "first")
        item_ids = list(ranked.values_list("item", flat=True)[:count])
    elif order == "suspect":
        by_rank = unsettled.filter(item__suspect__isnull=False).order_by("item__suspect__rank")
        item_ids = list(by_rank.values_list("item", flat=True)[:count])
    elif order == "disputed":
        most = unsettled.filter(dispute__gt=0).order_by("-dispute", "item")
        item_ids = list(most.values_list("item", flat=True)[:count])
    else:
        item_ids = list(unsettled.order_by("certainty", "item").values_list("item", flat=True)[:count])
    items = consensus.items(project, wait=False).in_bulk(item_ids)
    return [items[pk] for pk in item_ids if pk in items]


def _at_random(unsettled: QuerySet[Consensus], count: int) -> list[int]:
    """Items at random: from random places between the first and the last, the next one each."""
    ends = unsettled.aggregate(first=Min("item"), last=Max("item"))
    if ends["first"] is None:
        return []
    rng = np.random.default_rng()
    item_ids: list[int] = []
    for place in rng.integers(ends["first"], ends["last"], size=4 * count, endpoint=True).tolist():
        after = unsettled.filter(item__gte=place).exclude(item__in=item_ids)
        item_ids += list(after.order_by("item").values_list("item", flat=True)[:1])
        if len(item_ids) == count:
            break
    return item_ids


def counts(project: Project) -> dict[str, int]:
    """How many items wait in each order, counted up to MOST_COUNTED + 1."""
    unsettled = consensus.fresh(project, wait=False).filter(settled=False)
    limit = MOST_COUNTED + 1
    all_of_them = unsettled[:limit].count()
    return {
        "disputed": unsettled.filter(dispute__gt=0)[:limit].count(),
        "flagged": flagged(project)[:limit].count(),
        "suspect": unsettled.filter(item__suspect__isnull=False)[:limit].count(),
        "unsure": all_of_them,
        "random": all_of_them,
    }


def suspicion(item: Item) -> Suspicion | None:
    """Why the model doubts the label of an item; None where it does not."""
    suspect = Suspect.objects.filter(item=item.pk).select_related("label").first()
    if suspect is None:
        return None
    with_consensus = consensus.items(item.project, wait=False).filter(consensus__isnull=False)
    by_id = with_consensus.in_bulk(suspect.neighbours)
    return Suspicion(suspect, [by_id[pk] for pk in suspect.neighbours if pk in by_id])


def flagged(project: Project) -> QuerySet[Any]:
    """Flagged items without a decision."""
    raised = Flag.objects.filter(item__project=project).exclude(item__consensus__settled=True)
    return raised.order_by().values("item").distinct()
