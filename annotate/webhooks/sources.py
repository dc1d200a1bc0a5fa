"""Where events come from: tables whose rows are only added, read in the order of their ids.

`annotate.signals.asking_event_sources` brings those of whoever stands above.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max, Model

from annotate import consensus
from annotate.models import Annotation, AnnotationChange, Item, Review
from annotate.queue.done import item_is_done
from annotate.signals import asking_event_sources
from projects.models import Event, Project, WebhookEvent

CHANGED, DELETED = WebhookEvent.ANNOTATION_CHANGED, WebhookEvent.ANNOTATION_DELETED
EVENTS_OF_CHANGES = {
    AnnotationChange.Action.CHANGED.value: CHANGED.value,
    AnnotationChange.Action.CORRECTED.value: CHANGED.value,
    AnnotationChange.Action.UNDONE.value: DELETED.value,
    AnnotationChange.Action.SENT_BACK.value: DELETED.value,
}


class Row(NamedTuple):
    """A row of a source, and the events that it makes: (name, data) each, perhaps none."""

    id: int
    at: datetime
    events: list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Source:
    """A table, the events that its rows make, and how they are read.

    read        (project, the events wanted, the id after which they begin, the last id, at most so many) → rows by id
    last_final  (project, the newest id) → the id up to which the rows of the project stay as they are
    """

    name: str
    model: type[Model]
    events: frozenset[str]
    read: Callable[[Project, frozenset[str], int, int, int], list[Row]]
    last_final: Callable[[Project, int], int] = lambda project, newest: newest

    @property
    def table(self) -> str:
        return self.model._meta.db_table


def all_sources() -> list[Source]:
    answers: list[tuple[Any, Any]] = asking_event_sources.send(None)
    return [*_OWN, *(source for _, sources in answers for source in sources)]


def newest_ids(sources: Sequence[Source]) -> dict[str, int]:
    """The highest id of each source's table, in whichever project; one query."""
    columns = ", ".join(f"(SELECT coalesce(max(id), 0) FROM {source.table})" for source in sources)  # noqa: S608  ours
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}")
        return dict(zip((source.name for source in sources), cursor.fetchone(), strict=True))


# Answers


def _read_annotations(project: Project, wanted: frozenset[str], after: int, until: int, limit: int) -> list[Row]:
    """An answer, and behind it its item where it is the last that the item wants."""
    rows = project.annotations.filter(pk__gt=after, pk__lte=until).order_by("pk")
    annotations = list(rows.select_related("item", "annotator").defer("item__text", "item__data")[:limit])
    done = _done(project, {row.item_id for row in annotations}) if WebhookEvent.ITEM_DONE in wanted else {}
    return [Row(row.pk, row.created_at, list(_of_annotation(row, done, wanted))) for row in annotations]


def _of_annotation(
    annotation: Annotation, done: dict[int, dict[str, Any]], wanted: frozenset[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    if WebhookEvent.ANNOTATION_SUBMITTED in wanted:
        yield WebhookEvent.ANNOTATION_SUBMITTED, _as_sent(annotation)
    if annotation.pk in done:
        yield WebhookEvent.ITEM_DONE, done[annotation.pk]


def _as_sent(annotation: Annotation) -> dict[str, Any]:
    return {
        "id": annotation.pk,
        "item": annotation.item_id,
        "external_id": annotation.item.external_id,
        "annotator": annotation.annotator.username,
        "value": annotation.value,
        "seconds": annotation.seconds,
        "origin": annotation.origin,
        "created_at": annotation.created_at,
        "updated_at": annotation.updated_at,
    }


def _done(project: Project, items: set[int]) -> dict[int, dict[str, Any]]:
    """Of these items those that are done, with their consensus, by the newest annotation of each."""
    done = Item.objects.filter(pk__in=items).annotate(is_done=item_is_done()).filter(is_done=True)
    newest = Annotation.objects.filter(item__in=list(done.values_list("pk", flat=True)))
    annotation_of = dict(newest.values_list("item").annotate(Max("pk")))
    rows = consensus.fresh(project).filter(item__in=annotation_of).select_related("item")
    return {
        annotation_of[row.item_id]: {
            "item": row.item_id,
            "external_id": row.item.external_id,
            "value": row.value,
            "belief": row.belief,
            "certainty": row.certainty,
            "settled": row.settled,
            "votes": row.votes,
            "method": row.method,
        }
        for row in rows.defer("item__text", "item__data")
    }


# What becomes of answers


def _read_changes(project: Project, wanted: frozenset[str], after: int, until: int, limit: int) -> list[Row]:
    rows = AnnotationChange.objects.filter(pk__gt=after, pk__lte=until, item__project=project).order_by("pk")
    changes = list(rows.select_related("item", "annotator", "by").defer("item__text", "item__data")[:limit])
    present = _present_annotations(changes)
    return [Row(row.pk, row.at, list(_of_change(row, present, wanted))) for row in changes]


def _present_annotations(changes: Sequence[AnnotationChange]) -> dict[tuple[int, int], Annotation]:
    """By item and annotator."""
    rows = Annotation.objects.filter(item__in={change.item_id for change in changes})
    rows = rows.select_related("item", "annotator").defer("item__text", "item__data")
    return {(row.item_id, row.annotator_id): row for row in rows}


def _of_change(
    change: AnnotationChange, present: dict[tuple[int, int], Annotation], wanted: frozenset[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What was deleted since it was changed is no longer announced as changed: that it was deleted follows."""
    name = EVENTS_OF_CHANGES[change.act]
    about = {"former_value": change.value, "action": change.act, "by": change.by and change.by.username}
    annotation = present.get((change.item_id, change.annotator_id))
    if name in wanted and name == DELETED:
        pair = {"item": change.item_id, "external_id": change.item.external_id, "annotator": change.annotator.username}
        yield name, pair | about
    elif name in wanted and annotation is not None:
        yield name, _as_sent(annotation) | about


def _read_reviews(project: Project, wanted: frozenset[str], after: int, until: int, limit: int) -> list[Row]:
    rows = Review.objects.filter(pk__gt=after, pk__lte=until, project=project).order_by("pk")
    rows = rows.select_related("item", "annotator", "reviewer").defer("item__text", "item__data")
    return [Row(row.pk, row.created_at, [(WebhookEvent.ITEM_REVIEWED, _review(row))]) for row in rows[:limit]]


def _review(review: Review) -> dict[str, Any]:
    return {
        "item": review.item_id,
        "external_id": review.item.external_id,
        "annotator": review.annotator.username,
        "reviewer": review.reviewer and review.reviewer.username,
        "decision": review.verdict,
        "value": review.value,
        "comment": review.comment,
    }


# Imports


def _read_imports(project: Project, wanted: frozenset[str], after: int, until: int, limit: int) -> list[Row]:
    rows = Event.objects.filter(pk__gt=after, pk__lte=until, project=project, act="import").order_by("pk")
    rows = rows.select_related("actor")[:limit]
    return [Row(row.pk, row.at, [(WebhookEvent.IMPORT_FINISHED, _import(row))]) for row in rows]


def _import(event: Event) -> dict[str, Any]:
    return {"by": event.actor and event.actor.username, **event.data}


_OWN = [
    Source(
        "annotations",
        Annotation,
        frozenset({WebhookEvent.ANNOTATION_SUBMITTED.value, WebhookEvent.ITEM_DONE.value}),
        _read_annotations,
    ),
    Source("changes", AnnotationChange, frozenset(EVENTS_OF_CHANGES.values()), _read_changes),
    Source("reviews", Review, frozenset({WebhookEvent.ITEM_REVIEWED.value}), _read_reviews),
    Source("imports", Event, frozenset({WebhookEvent.IMPORT_FINISHED.value}), _read_imports),
]
