"""How far one person is: what they answered today, and what waits for them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from annotate.models import Annotation, Assignment, QueueEntry
from projects.models import Project

COUNTED = 10_000  # beyond, "more than 10,000 left": counting on would cost more than it tells


@dataclass(frozen=True, slots=True)
class Remaining:
    """`open` items wait for this person; with `more_open` at least one more than that."""

    today: int
    open: int
    more_open: bool


def remaining(project: Project, person: User) -> Remaining:
    """Two queries; items count up to COUNTED."""
    waiting = _waiting(project, person)
    return Remaining(answered_today(project, person).count(), min(waiting, COUNTED), waiting > COUNTED)


def midnight() -> datetime:
    """When today began, in the zone of the installation."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def answered_today(project: Project, person: User) -> QuerySet[Annotation]:
    return project.annotations.filter(annotator=person, created_at__gte=midnight())


def _waiting(project: Project, person: User) -> int:
    """How many items wait for this person, their own leases included; counted up to COUNTED + 1."""
    had = Assignment.objects.filter(
        item=OuterRef("item"), annotator=person, status__in=["leased", "submitted", "skipped"]
    )
    waiting = QueueEntry.objects.filter(~Exists(had), project=project, open=True)[: COUNTED + 1].count()
    return waiting + project.assignments.live().filter(annotator=person).count()
