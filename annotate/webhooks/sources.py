"""Where events come from: tables whose rows are only added, read in the order of their ids.

`annotate.signals.asking_event_sources` brings those of whoever stands above.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max, Model, QuerySet

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

_ANNOTATION = {
    "id": "pk",
    "item": "item_id",
    "external_id": "item__external_id",
    "annotator": "annotator__username",
    "value": "value",
    "seconds": "seconds",
    "origin": "origin",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
_CONSENSUS = {
    "item": "item_id",
    "external_id": "item__external_id",
    **{name: name for name in ("value", "belief", "certainty", "settled", "votes", "method")},
}


def _as_sent(rows: QuerySet, fields: Mapping[str, str]) -> list[dict[str, Any]]:
    """Fields of rows under the names that receivers know; without a model's instance for each."""
    return [dict(zip(fields, row, strict=True)) for row in rows.values_list(*fields.values())]


def _read_annotations(project: Project, wanted: frozenset[str], after: int, until: int, limit: int) -> list[Row]:
    """An answer, and behind it its item where it is the last that the item wants."""
    rows = project.annotations.filter(pk__gt=after, pk__lte=until).order_by("pk")[:limit]
    annotations = _as_sent(rows, _ANNOTATION)
    done = _done(project, {row["item"] for row in annotations}) if WebhookEvent.ITEM_DONE in wanted else {}
    return [Row(row["id"], row["created_at"], list(_of_annotation(row, done, wanted))) for row in annotations]


def _of_annotation(
    annotation: dict[str, Any], done: dict[int, dict[str, Any]], wanted: frozenset[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    if WebhookEvent.ANNOTATION_SUBMITTED in wanted:
        yield WebhookEvent.ANNOTATION_SUBMITTED, annotation
    if annotation["id"] in done:
        yield WebhookEvent.ITEM_DONE, done[annotation["id"]]


def _done(project: Project, items: set[int]) -> dict[int, dict[str, Any]]:
    """Of these items those that are done, with their consensus, by the newest annotation of each."""
    done = Item.objects.filter(pk__in=items).annotate(is_done=item_is_done()).filter(is_done=True)
    newest = Annotation.objects.filter(item__in=list(done.values_list("pk", flat=True)))
    annotation_of = dict(newest.values_list("item").annotate(Max("pk")))
    agreed = consensus.fresh(project).filter(item__in=annotation_of)
    return {annotation_of[row["item"]]: row for row in _as_sent(agreed, _CONSENSUS)}


# What becomes of answers

_CHANGE = {
    "id": "pk",
    "at": "at",
    "item": "item_id",
    "external_id": "item__external_id",
    "annotator": "annotator__username",
    "former_value": "value",
    "action": "act",
    "by": "by__username",
}


def _read_changes(project: Project, wanted: frozenset[str], after: int, until: int, limit: int) -> list[Row]:
    rows = AnnotationChange.objects.filter(pk__gt=after, pk__lte=until, item__project=project).order_by("pk")
    changes = _as_sent(rows[:limit], _CHANGE)
    annotations = Annotation.objects.filter(item__in={row["item"] for row in changes})
    present = {(row["item"], row["annotator"]): row for row in _as_sent(annotations, _ANNOTATION)}
    return [Row(row.pop("id"), row.pop("at"), list(_of_change(row, present, wanted))) for row in changes]


def _of_change(
    change: dict[str, Any], present: dict[tuple[int, str], dict[str, Any]], wanted: frozenset[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What was deleted since it was changed is no longer announced as changed: that it was deleted follows."""
    name = EVENTS_OF_CHANGES[change["action"]]
    annotation = present.get((change["item"], change["annotator"]))
    if name in wanted and name == DELETED:
        yield name, change
    elif name in wanted and annotation is not None:
        yield name, annotation | change


_REVIEW = {
    "id": "pk",
    "at": "created_at",
    "item": "item_id",
    "external_id": "item__external_id",
    "annotator": "annotator__username",
    "reviewer": "reviewer__username",
    "decision": "verdict",
    "value": "value",
    "comment": "comment",
}


def _read_reviews(project: Project, wanted: frozenset[str], after: int, until: int, limit: int) -> list[Row]:
    rows = Review.objects.filter(pk__gt=after, pk__lte=until, project=project).order_by("pk")[:limit]
    reviews = _as_sent(rows, _REVIEW)
    return [Row(row.pop("id"), row.pop("at"), [(WebhookEvent.ITEM_REVIEWED, row)]) for row in reviews]


# Imports

_IMPORT = {"id": "pk", "at": "at", "by": "actor__username", "data": "data"}


def _read_imports(project: Project, wanted: frozenset[str], after: int, until: int, limit: int) -> list[Row]:
    rows = Event.objects.filter(pk__gt=after, pk__lte=until, project=project, act="import").order_by("pk")[:limit]
    imports = _as_sent(rows, _IMPORT)
    return [
        Row(row["id"], row["at"], [(WebhookEvent.IMPORT_FINISHED, {"by": row["by"], **row["data"]})]) for row in imports
    ]


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
