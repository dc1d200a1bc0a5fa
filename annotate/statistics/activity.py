"""What happened last in a project, for the overview: who labelled, reviewed, flagged, imported, and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from annotate.models import Annotation, Flag, Import, Review
from projects.models import Project

NEWEST = 300  # rows among which the people are who did something last
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
    """The newest first; of each person's labelling and reviewing the sum of the day on which they last did so."""
    happened = [*_labelled(project, most), *_reviewed(project, most), *_flagged(project, most)]
    happened += _imported(project, most)
    return sorted(happened, key=lambda activity: activity.at, reverse=True)[:most]


def _labelled(project: Project, most: int) -> Iterator[Activity]:
    """An import is one moment, as in `progress.per_day`; whose votes of a day were only imported did not label."""
    rows = Annotation.objects.filter(project=project)
    people = _last_times(rows, "annotator", most)
    counts = _of_these_days(rows, "annotator", people).annotate(
        n=Count("pk"), moments=Count("created_at", distinct=True)
    )
    for pk, votes, moments in counts.values_list("annotator", "n", "moments"):
        if votes == 1 or moments > 1:
            name, at = people[pk]
            yield Activity(name, f"labelled {moments} item{'' if moments == 1 else 's'} {_on_day(at)}", at)


def _reviewed(project: Project, most: int) -> Iterator[Activity]:
    rows = Review.objects.filter(project=project, reviewer__isnull=False)
    people = _last_times(rows, "reviewer", most)
    counts = _of_these_days(rows, "reviewer", people).values("reviewer", "verdict").annotate(n=Count("pk"))
    words = dict(Review.Decision.choices)
    decisions: dict[int, list[str]] = {}
    for pk, decision, n in counts.order_by("-n").values_list("reviewer", "verdict", "n"):
        decisions.setdefault(pk, []).append(f"{words[decision].lower()} {n}")
    for pk, parts in decisions.items():
        name, at = people[pk]
        yield Activity(name, f"{', '.join(parts)} {_on_day(at)}", at)


People = dict[int, tuple[str, datetime]]


def _last_times(rows: QuerySet[Any], person: str, most: int) -> People:
    """{id: (name, last time)} of the people who made the newest rows."""
    people: People = {}
    newest = rows.order_by("-id").values_list(person, f"{person}__username", "created_at")[:NEWEST]
    for pk, name, at in newest:
        before = people.get(pk)
        people[pk] = (name, max(at, before[1]) if before else at)
    last_first = sorted(people.items(), key=lambda pair: pair[1][1], reverse=True)
    return dict(last_first[:most])


def _of_these_days(rows: QuerySet[Any], person: str, people: People) -> QuerySet[Any, Any]:
    """Each person's rows of the day of their last one, to be counted by person."""
    of_people = Q(pk__in=[])
    for pk, (_, at) in people.items():
        begin = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
        of_people |= Q(**{person: pk, "created_at__gte": begin, "created_at__lte": at})
    return rows.filter(of_people).order_by().values(person)


def _on_day(at: datetime) -> str:
    days = (timezone.localdate() - timezone.localdate(at)).days
    return {0: "today", 1: "yesterday"}.get(days, f"on {date_format(timezone.localtime(at), 'j M')}")


def _flagged(project: Project, most: int) -> Iterator[Activity]:
    rows = Flag.objects.filter(item__project=project).order_by("-id")
    for name, item, at in rows.values_list("raised_by__username", "item__external_id", "created_at")[:most]:
        yield Activity(name, f"flagged {item}", at)


def _imported(project: Project, most: int) -> Iterator[Activity]:
    rows = Import.objects.filter(project=project).order_by("-id")
    for by, name, at in rows.values_list("by__username", "name", "created_at")[:most]:
        yield Activity(by or "Somebody", f"imported {name}", at)
