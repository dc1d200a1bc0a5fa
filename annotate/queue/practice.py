"""Practice of new people: their first items are ones whose right answer is known, and they see it after each answer.

The answers are annotations like others, so a person's skill starts from them. So that practice takes no place from
anybody, an item whose places are all taken wants one more vote.
"""

import random
from datetime import timedelta

from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from annotate.models import Assignment, Item, QueueEntry
from core.postgres.transactions import atomic
from projects.members import PRACTICE_ITEMS
from projects.models import Membership, Project

ITEMS = PRACTICE_ITEMS
DRAWN_FROM = 1000  # of a project's items with a known answer, those imported first


def remaining(project: Project, user: User) -> int:
    """How many items of practice this member has before them. Costs a query."""
    return Membership.objects.filter(project=project, user=user).values_list("practice_left", flat=True).first() or 0


@atomic
def next_item(project: Project, user: User) -> Assignment | None:
    """The item to practise on: the one that is begun, else a random one, leased. None, and practice ends, without."""
    held = project.assignments.live().filter(annotator=user, item__gold__isnull=False).select_related("item")
    if begun := held.order_by("leased_at", "id").first():
        return begun
    had = Assignment.objects.filter(item=OuterRef("pk"), annotator=user)
    known = project.items.filter(~Exists(had), gold__isnull=False).order_by("id").values_list("pk", flat=True)
    candidates = list(known[:DRAWN_FROM])
    if not candidates:
        end(project, user)
        return None
    return _lease(project, user, random.choice(candidates))


def _lease(project: Project, user: User, item_id: int) -> Assignment:
    """Entry before assignment, as `queue.sql` has it."""
    QueueEntry.objects.select_for_update().get(pk=item_id)
    QueueEntry.objects.filter(pk=item_id).update(taken=F("taken") + 1, wanted=Greatest(F("wanted"), F("taken") + 1))
    now = timezone.now()
    return Assignment.objects.create(
        project=project,
        item=Item.objects.get(pk=item_id),
        annotator=user,
        leased_at=now,
        expires_at=now + timedelta(minutes=project.lease_minutes),
    )


def count(project: Project, user: User) -> None:
    """One item of practice is done."""
    Membership.objects.filter(project=project, user=user, practice_left__gt=0).update(
        practice_left=F("practice_left") - 1
    )


def end(project: Project, user: User) -> None:
    Membership.objects.filter(project=project, user=user).update(practice_left=0)


def explanation(item: Item) -> str:
    """Why the known answer is right, where the import said so: `explanation` of the item's notes."""
    return str(item.meta.get("explanation", "")) if isinstance(item.meta, dict) else ""
