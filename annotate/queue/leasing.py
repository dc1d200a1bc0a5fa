"""Handing out items: who gets what next, for how long, and how a lease ends without an answer.

What may happen at once is decided in `queue.sql`; locks are taken in the order that it names.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from accounts.models import User
from annotate.models import Assignment, Page, QueueEntry, QueueState, Review, SentBack, Tile, in_order
from core.postgres.transactions import atomic
from projects.models import Project, Suggestions

MOST_AT_ONCE = 100
SENT_BACK_FOR = timedelta(days=1)

# What is sent of each lease, as `leased_row` reads it; with the values of `terms`.
LEASED = """
    SELECT a.ordinality AS place, a.id, a.item_id, i.external_id, i.text, i.image, i.data, i.fields,
           CASE WHEN %(context)s THEN i.meta END AS meta, a.expires_at, a.suggestion_shown
    FROM annotate_lease(
        %(project)s, %(annotator)s, {count}, %(lease_seconds)s, %(suggestions)s, %(test_share)s, %(finish)s, %(share)s,
        %(route)s
    ) WITH ORDINALITY AS a JOIN annotate_item i ON i.id = a.item_id ORDER BY a.ordinality
"""
_LEASE = LEASED.format(count="%(count)s")


# The reviews that sent an assignment's answer back.
_SENT_BACK = Review.objects.filter(
    item=OuterRef("item"), annotator=OuterRef("annotator"), verdict=Review.Decision.SENT_BACK
)
# An open page that has an assignment for one of its tiles.
_ON_A_PAGE = Tile.objects.filter(assignment=OuterRef("pk"), page__status=Page.Status.OPEN)


class LeasedItem(NamedTuple):
    """An item as it is sent."""

    id: int
    external_id: str
    text: str | None
    image: str | None
    data: Any
    meta: Any  # null where the project shows nothing of it


class Leased(NamedTuple):
    """A new lease and the suggestion that is shown with it, as they are sent."""

    id: int
    item: LeasedItem
    expires_at: datetime
    suggestion: Any


class GivenAway(Exception):
    """The lease had ended and its place went to somebody else."""


def lease(project: Project, annotator: User, count: int = 1) -> list[Assignment]:
    """As `lease_rows`, with the assignments and their items loaded."""
    ids = [row.id for row in lease_rows(project, annotator, count)]
    by_id = Assignment.objects.select_related("item").in_bulk(ids)
    leased = [by_id[pk] for pk in ids if pk in by_id]
    for assignment in leased:
        assignment.project, assignment.annotator = project, annotator
    return leased


def lease_rows(project: Project, annotator: User, count: int = 1, share: bool = False) -> list[Leased]:
    """Lease up to `count` next items; [] when nothing is left for this person. One statement.

    With `share` the person comes to hold no more than a fair share of what is open, so that others find something too.
    Nobody holds more than MOST_AT_ONCE live leases in a project: beyond that, too, nothing is leased.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LEASE, terms(project, annotator.pk, count, share))
        return [leased_row(row) for row in cursor.fetchall()]


def terms(project: Project, annotator_id: int, count: int, share: bool = False) -> dict[str, Any]:
    """The values that `LEASED` names."""
    return {
        "project": project.pk,
        "annotator": annotator_id,
        "count": min(count, MOST_AT_ONCE),
        "lease_seconds": project.lease_minutes * 60,
        "share": share,
        "context": bool(project.shown_fields),
        "suggestions": project.show_suggestions != Suggestions.HIDDEN,
        "test_share": project.test_share,
        "finish": project.finish_begun if project.votes_wanted > 1 or project.adapts_votes else 0.0,
        "route": project.routes_votes,
    }


def leased_row(row: tuple) -> Leased:
    _, pk, item_id, external_id, text, image, data, fields, meta, expires_at, suggestion = row
    record = in_order(python(data), python(fields)) if fields else python(data)
    item = LeasedItem(item_id, external_id, text, image, record, python(meta))
    return Leased(pk, item, expires_at, python(suggestion))


def python(value: object) -> Any:
    """A JSON column as Python: the driver hands out its text."""
    return orjson.loads(value) if isinstance(value, str) else value


def generation(project: Project) -> int:
    """The number of the order in force. Read before a lease, it is never newer than what is leased then."""
    return QueueState.objects.filter(project=project).values_list("generation", flat=True).first() or 0


def lease_next(project: Project, annotator: User) -> Assignment | None:
    """Lease the one next item, None when nothing is left for this person."""
    return next(iter(lease(project, annotator)), None)


def sent_back_to(annotator: User) -> QuerySet[Assignment]:
    """What reviewers sent back to this person and is not answered again."""
    return Assignment.objects.live().filter(Exists(_SENT_BACK), annotator=annotator, expires_at__gt=timezone.now())


def held(project: Project, annotator: User) -> list[Assignment]:
    """What this person has leased and not answered: what a reviewer sent back first, then the oldest first.

    What stands on a page that they verify is left to that page.
    """
    why = _SENT_BACK.order_by("-id").values_list(JSONObject(by=F("reviewer__username"), reason=F("comment")))
    live = project.assignments.live().filter(~Exists(_ON_A_PAGE), annotator=annotator).select_related("item", "project")
    assignments: list[Assignment] = []
    for assignment in live.annotate(why=Subquery(why[:1])).order_by(Exists(_SENT_BACK).desc(), "leased_at", "id"):
        if assignment.why:
            assignment.sent_back = SentBack(assignment.why["by"] or "A reviewer", assignment.why["reason"])
        assignments.append(assignment)
    return assignments


@atomic
def skip(assignment: Assignment, reason: str = "") -> Assignment:
    """End a lease for good without an answer: this person does not get the item again."""
    current = locked(assignment)
    if current.status == Assignment.Status.SUBMITTED:
        raise ValueError("This item is already answered; take the answer back first.")
    if current.status == Assignment.Status.LEASED:
        _free_places([current.item_id])
    current.status, current.reason = Assignment.Status.SKIPPED, reason[:300]
    current.save(update_fields=["status", "reason"])
    return current


@atomic
def release(assignment: Assignment) -> Assignment:
    """End a lease without an answer: its place is open again, to this person as well. One that ended stays so."""
    current = locked(assignment)
    if current.status == Assignment.Status.LEASED:
        current.status = Assignment.Status.RELEASED
        current.save(update_fields=["status"])
        _free_places([current.item_id])
    return current


@atomic
def renew(assignment: Assignment) -> Assignment:
    """Start the lease's time again; one that had ended takes its place back. GivenAway when somebody else has it."""
    current = locked(assignment)
    if current.status in (Assignment.Status.RELEASED, Assignment.Status.EXPIRED):
        if not QueueEntry.objects.filter(item=current.item_id, open=True).update(taken=F("taken") + 1):
            raise GivenAway("The lease had ended and the item went to somebody else.")
        current.status = Assignment.Status.LEASED
    if current.status != Assignment.Status.LEASED:
        raise ValueError(f"Only a lease can be renewed; this item is {current.status}.")
    from_now = timezone.now() + timedelta(minutes=current.project.lease_minutes)
    current.expires_at = max(current.expires_at, from_now)  # what was sent back or assigned has longer
    current.save(update_fields=["status", "expires_at"])
    return current


@atomic
def release_held(project: Project, annotator: User, ids: Iterable[int]) -> None:
    """End those of this person's leases here without an answer; whatever else the ids name stays as it is.

    What a manager assigned to them stays theirs: they left the page, and did not give it back.
    """
    release_all(project.assignments.filter(annotator=annotator, pk__in=ids, assigned=False))


@atomic
def release_all(assignments: QuerySet[Assignment]) -> int:
    """End many leases at once, whoever holds them; returns how many were live."""
    leased = assignments.filter(status=Assignment.Status.LEASED).order_by()
    entries = QueueEntry.objects.select_for_update().filter(item__in=leased.values("item")).order_by("pk")
    item_ids = list(entries.values_list("pk", flat=True))
    live = Assignment.objects.live().filter(pk__in=leased.values("pk"), item__in=item_ids).order_by("pk")
    freed = dict(live.select_for_update().values_list("pk", "item"))
    Assignment.objects.filter(pk__in=freed).update(status=Assignment.Status.RELEASED)
    _free_places(freed.values())
    return len(freed)


def locked(assignment: Assignment) -> Assignment:
    """The assignment as it is now, its queue entry and itself locked, in this order."""
    QueueEntry.objects.select_for_update().get(pk=assignment.item_id)
    return Assignment.objects.select_for_update(of=["self"]).select_related("project").get(pk=assignment.pk)


def _free_places(item_ids: Iterable[int]) -> None:
    """Give one place back for each time that an item is named."""
    for places, items in _by_times(item_ids).items():
        QueueEntry.objects.filter(pk__in=items).update(taken=F("taken") - places)


def _by_times(item_ids: Iterable[int]) -> dict[int, list[int]]:
    """{how often: the items that come so often}."""
    items: dict[int, list[int]] = {}
    for item, times in Counter(item_ids).items():
        items.setdefault(times, []).append(item)
    return items
