"""How far one person is: what they answered today, and what waits for them."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from annotate.models import Assignment, QueueEntry
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
    return Remaining(_answered_today(project, person), min(waiting, COUNTED), waiting > COUNTED)


def _answered_today(project: Project, person: User) -> int:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return project.annotations.filter(annotator=person, created_at__gte=midnight).count()


def _waiting(project: Project, person: User) -> int:
    """How many items wait for this person, their own leases included; counted up to COUNTED + 1."""
    had = Assignment.objects.filter(
        item=OuterRef("item"), annotator=person, status__in=["leased", "submitted", "skipped"]
    )
    waiting = QueueEntry.objects.filter(~Exists(had), project=project, open=True)[: COUNTED + 1].count()
    return waiting + project.assignments.live().filter(annotator=person).count()
