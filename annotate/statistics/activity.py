"""What happened last in a project, for the overview: who labelled, reviewed, flagged, imported, and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from annotate.models import Annotation, Flag, Import, Review
from projects.models import Project

NEWEST = 300  # annotations that are looked at
AT_WORK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Activity:
    """`actor` did `action`, at last at `at`."""

    actor: str
    action: str
    at: datetime

    @property
    def is_live(self) -> bool:
        return timezone.now() - self.at < AT_WORK


def recent(project: Project, most: int = 7) -> list[Activity]:
    """The newest first; of each person's labelling and reviewing the sum of what is recent."""
    happened = [*_labelled(project), *_reviewed(project, most), *_flagged(project, most), *_imported(project, most)]
    return sorted(happened, key=lambda activity: activity.at, reverse=True)[:most]


def _labelled(project: Project) -> Iterator[Activity]:
    """Of the newest annotations, each person's of the day of their last one."""
    rows = Annotation.objects.filter(project=project).order_by("-id")
    days: dict[str, list[datetime]] = {}
    for name, at in rows.values_list("annotator__username", "created_at")[:NEWEST]:
        times = days.setdefault(name, [])
        if not times or timezone.localdate(at) == timezone.localdate(times[0]):
            times.append(at)
    for name, times in days.items():
        yield Activity(name, f"labelled {_count(len(times), 'item')}", max(times))


def _reviewed(project: Project, most: int) -> Iterator[Activity]:
    rows = Review.objects.filter(project=project, reviewer__isnull=False).order_by("-id")
    decisions: dict[str, list[tuple[str, datetime]]] = {}
    for name, decision, at in rows.values_list("reviewer__username", "verdict", "created_at")[: 10 * most]:
        decisions.setdefault(name, []).append((decision, at))
    words = dict(Review.Decision.choices)
    for name, pairs in decisions.items():
        counts = {words[key].lower(): sum(key == other for other, _ in pairs) for key in dict(pairs)}
        sentence = ", ".join(f"{word} {count}" for word, count in counts.items())
        yield Activity(name, sentence, max(at for _, at in pairs))


def _flagged(project: Project, most: int) -> Iterator[Activity]:
    rows = Flag.objects.filter(item__project=project).order_by("-id")
    for name, item, at in rows.values_list("raised_by__username", "item__external_id", "created_at")[:most]:
        yield Activity(name, f"flagged {item}", at)


def _imported(project: Project, most: int) -> Iterator[Activity]:
    rows = Import.objects.filter(project=project).order_by("-id")
    for by, name, at in rows.values_list("by__username", "name", "created_at")[:most]:
        yield Activity(by or "Somebody", f"imported {name}", at)


def _count(number: int, noun: str) -> str:
    return f"{number}{'+' if number == NEWEST else ''} {noun}{'' if number == 1 else 's'}"
