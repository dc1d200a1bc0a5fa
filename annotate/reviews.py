"""A reviewer's verdicts on answers: accepted, corrected, sent back. The newest verdict on an item settles it.

Locks are taken in the order that `queue.sql` names: label set, queue entry, assignment, annotation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Count, Max, Min, QuerySet
from django.utils import timezone

from accounts.models import User
from annotate.models import (
    Annotation,
    AnnotationChange,
    Assignment,
    Consensus,
    ConsensusDue,
    Flag,
    Item,
    QueueEntry,
    Review,
)
from annotate.queue import submitting
from annotate.queue.leasing import SENT_BACK_FOR
from core.postgres.transactions import atomic
from projects import label_sets
from projects.models import Project

MOST_COUNTED = 1000
ORDERS = {
    "disputed": "Most disputed first",
    "flagged": "Flagged",
    "unsure": "Least certain first",
    "random": "A random sample",
}


class AnswerWithdrawn(LookupError):
    """The answer was taken back or sent back meanwhile."""


# Verdicts


@atomic
def accept(annotations: Sequence[Annotation], reviewer: User, comment: str = "") -> list[Review]:
    """Say that these answers to an item are right: their value is its consensus from now on."""
    locked = _locked(annotations)
    return [_record(annotation, reviewer, Review.Verdict.ACCEPTED, comment) for annotation in locked]


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
    clean = locked[0].project.clean_value(value, labels_version)
    for annotation in locked:
        if annotation.value != clean:
            submitting.remember(annotation, AnnotationChange.Act.CORRECTED, reviewer.pk)
            annotation.value, annotation.updated_at = clean, timezone.now()
            annotation.save(update_fields=["value", "updated_at"])
    return [_record(annotation, reviewer, Review.Verdict.CORRECTED, comment) for annotation in locked]


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
        reviews.append(_record(annotation, reviewer, Review.Verdict.SENT_BACK, comment))
        now = timezone.now()
        submitting.to_history(annotation, AnnotationChange.Act.SENT_BACK, by_id=reviewer.pk)
        Assignment.objects.filter(pk=annotation.assignment_id).update(
            status=Assignment.Status.LEASED, leased_at=now, expires_at=now + SENT_BACK_FOR, reason=""
        )
    return reviews


def _locked(annotations: Sequence[Annotation]) -> list[Annotation]:
    """These answers of one item as they are now; AnswerWithdrawn when one of them is no more."""
    item_ids = {annotation.item_id for annotation in annotations}
    if len(item_ids) != 1:
        raise ValueError("A verdict is about the answers to one item, and at least one of them.")
    label_sets.hold(annotations[0].project_id)
    QueueEntry.objects.select_for_update().get(pk=item_ids.pop())
    list(Assignment.objects.select_for_update().filter(pk__in=[a.assignment_id for a in annotations]).order_by("pk"))
    found = Annotation.objects.select_for_update(of=["self"]).select_related("project").order_by("pk")
    locked = list(found.filter(pk__in=[annotation.pk for annotation in annotations]))
    if len(locked) < len(annotations):
        raise AnswerWithdrawn("This answer was taken back meanwhile.")
    return locked


def _record(annotation: Annotation, reviewer: User, verdict: Review.Verdict, comment: str) -> Review:
    ConsensusDue.objects.create(item_id=annotation.item_id, project_id=annotation.project_id)
    return Review.objects.create(
        project_id=annotation.project_id,
        item_id=annotation.item_id,
        annotator_id=annotation.annotator_id,
        reviewer=reviewer,
        verdict=verdict,
        value=annotation.value,
        comment=comment,
    )


# What waits for a verdict


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


def waiting(project: Project, order: str, count: int, passed_over: Iterable[int] = ()) -> list[Item]:
    """The next items without a verdict that stands, in one of ORDERS, without those that were passed over.

    Needs a fresh consensus. Each order is a walk along an index; a random sample is drawn anew each time.
    """
    unsettled = Consensus.objects.filter(project=project, settled=False).exclude(item__in=list(passed_over))
    if order == "random":
        found = _at_random(unsettled, count)
    elif order == "flagged":
        raised = Flag.objects.filter(item__consensus__in=unsettled).values("item")
        ranked = raised.annotate(n=Count("pk"), first=Min("created_at")).order_by("-n", "first")
        found = list(ranked.values_list("item", flat=True)[:count])
    elif order == "disputed":
        most = unsettled.filter(dispute__gt=0).order_by("-dispute", "item")
        found = list(most.values_list("item", flat=True)[:count])
    else:
        found = list(unsettled.order_by("certainty", "item").values_list("item", flat=True)[:count])
    items = Item.objects.select_related("consensus").in_bulk(found)
    return [items[pk] for pk in found if pk in items]


def _at_random(unsettled: QuerySet[Consensus], count: int) -> list[int]:
    """Items at random: from random places between the first and the last, the next one each."""
    ends = unsettled.aggregate(first=Min("item"), last=Max("item"))
    if ends["first"] is None:
        return []
    rng = np.random.default_rng()
    found: list[int] = []
    for place in rng.integers(ends["first"], ends["last"], size=4 * count, endpoint=True).tolist():
        after = unsettled.filter(item__gte=place).exclude(item__in=found)
        found += list(after.order_by("item").values_list("item", flat=True)[:1])
        if len(found) == count:
            break
    return found


def counts(project: Project) -> dict[str, int]:
    """How many items wait in each order, counted up to MOST_COUNTED + 1."""
    unsettled = Consensus.objects.filter(project=project, settled=False)
    limit = MOST_COUNTED + 1
    return {
        "disputed": unsettled.filter(dispute__gt=0)[:limit].count(),
        "flagged": flagged(project)[:limit].count(),
        "unsure": unsettled.order_by("certainty")[:limit].count(),
        "random": unsettled.order_by("certainty")[:limit].count(),
    }


def flagged(project: Project) -> QuerySet[Any]:
    """Flagged items without a verdict."""
    raised = Flag.objects.filter(item__project=project).exclude(item__consensus__settled=True)
    return raised.order_by().values("item").distinct()
