"""Accepting a page, whole or not at all, and taking it back.

Locks are taken in the order of `queue.sql`: the label set, the queue entries of all tiles by item, then the page.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import orjson
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from annotate.models import Annotation, Assignment, Page, Prediction, QueueEntry, Tile
from annotate.pages.opening import renew, values_of
from annotate.pages.second_looks import open_second_look
from annotate.queue import leasing, submitting
from annotate.signals import annotation_submitted
from core.postgres.transactions import atomic
from projects import label_sets
from projects.models import Project

Marks = Mapping[int, str | None]
"""What a person marked as wrong: {place of the tile: the right label, or None where they don't say it}."""

_SUBMIT = """
    SELECT ((annotate_submit(row.assignment, %(annotator)s, row.value, row.key, %(seconds)s, %(labels)s)).stored).id
    FROM unnest(%(assignments)s::bigint[], %(values)s::jsonb[], %(keys)s::uuid[]) AS row(assignment, value, key)
"""


class Finished(ValueError):
    """The page was dropped or given back, so there is nothing to take back."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` is accepted, or dropped where the known wrong tile was not marked.

    stored      so many annotations were
    returned    so many items went back to the queue
    known_wrong the place of the tile that was known to be wrong; None where the person looks at the items once more,
                and where that item was deleted meanwhile
    second_look the page for that, as long as it is unfinished
    """

    status: str
    stored: int
    returned: int
    known_wrong: int | None
    second_look: Page | None = None


def accept(
    page: Page, marks: Marks, client_key: UUID | None = None, seconds: float | None = None, version: int | None = None
) -> Outcome:
    """Store the page's label for every tile that is not marked and the right labels of the others, in one transaction.

    Nothing is stored where the known wrong tile is not marked: then the person looks once more, and what they marked is
    still marked. The same page twice is one: the outcome is that of the first time. ValueError says which marks there
    cannot be. `version` is that of the label set that the person saw.
    """
    outcome, is_first = _accept(page, marks, client_key, seconds, version)
    if is_first and outcome.stored:
        annotation_submitted.send(Annotation, project=page.project, item_id=None)
    return outcome


@atomic
def _accept(
    page: Page, marks: Marks, client_key: UUID | None, seconds: float | None, version: int | None
) -> tuple[Outcome, bool]:
    """(the outcome, whether it is new)."""
    project, locked = _locked(page)
    tiles = list(locked.tiles.select_related("assignment").order_by("item"))
    if locked.status in (Page.Status.ACCEPTED, Page.Status.DROPPED):
        return _outcome(locked, tiles), False
    _mark(project, locked, tiles, marks, version)
    looked = all(tile.marked for tile in tiles if tile.assignment is None)
    locked.status = Page.Status.ACCEPTED if looked else Page.Status.DROPPED
    locked.client_key, locked.seconds, locked.finished_at = client_key, seconds, timezone.now()
    locked.save(update_fields=["status", "client_key", "seconds", "finished_at"])
    leased = [tile for tile in tiles if tile.assignment and tile.assignment.status not in _DECIDED]
    if looked:
        _store(project, locked, [tile for tile in leased if not tile.marked or tile.label_id])
        Prediction.objects.filter(item__in=[tile.item_id for tile in leased if _is_crossed(tile)]).update(
            verifiable=False
        )
    if looked or not open_second_look(locked, leased):
        leasing.release_all(Assignment.objects.live().filter(tiles__page=locked))
    return _outcome(locked, tiles), True


_DECIDED = (Assignment.Status.SUBMITTED, Assignment.Status.SKIPPED)  # this person did so elsewhere meanwhile


def _is_crossed(tile: Tile) -> bool:
    return tile.marked and tile.label_id is None


def _mark(project: Project, page: Page, tiles: Iterable[Tile], marks: Marks, version: int | None) -> None:
    """Note on the tiles what is marked, by present names of the labels."""
    by_place = {tile.place: tile for tile in tiles}
    if unknown := marks.keys() - by_place.keys():
        raise ValueError(f"This page has the tiles 0 to {len(by_place) - 1}; there is no tile {min(unknown)}.")
    labels = {orjson.dumps(value): name for name, value in values_of(project).items()}
    ids = dict(project.labels.values_list("name", "pk"))
    for tile in by_place.values():
        tile.marked, tile.label_id = tile.place in marks, None
        if name := marks.get(tile.place):
            tile.label_id = ids[labels[orjson.dumps(project.clean_value(name, version))]]
            tile.marked = tile.label_id != page.label_id
            tile.label_id = tile.label_id if tile.marked else None
    Tile.objects.bulk_update(by_place.values(), ["marked", "label"])


def _store(project: Project, page: Page, tiles: list[Tile]) -> None:
    names = dict(project.labels.values_list("pk", "name"))
    values = values_of(project)
    rows: dict[str, Any] = {
        "annotator": page.annotator_id,
        "labels": project.label_set.version,
        "seconds": page.seconds and page.seconds / max(1, len(tiles)),
        "assignments": [tile.assignment_id for tile in tiles],
        "values": [orjson.dumps(values[names[tile.label_id or page.label_id]]).decode() for tile in tiles],
        "keys": [str(_key(page, tile)) for tile in tiles],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUBMIT, rows)
        stored = [pk for (pk,) in cursor.fetchall() if pk]
    Annotation.objects.filter(pk__in=stored).update(origin=Annotation.Origin.PAGE)


def _key(page: Page, tile: Tile) -> UUID:
    """Of the tile's annotation: by it the annotation is known as the one that this page stored."""
    return uuid5(page.client_key or UUID(int=page.pk), str(tile.assignment_id))


def _outcome(page: Page, tiles: list[Tile]) -> Outcome:
    leased = [tile for tile in tiles if tile.assignment_id]
    known_wrong = next((tile.place for tile in tiles if tile.assignment_id is None), None)
    if page.status == Page.Status.DROPPED:
        return _dropped(page, leased, known_wrong)
    stored = Annotation.objects.filter(client_key__in=[_key(page, tile) for tile in leased], project=page.project_id)
    count = stored.filter(annotator=page.annotator_id, item__in=[tile.item_id for tile in leased]).count()
    return Outcome(page.status, count, len(leased) - count, known_wrong)


def _dropped(page: Page, leased: list[Tile], known_wrong: int | None) -> Outcome:
    again = Page.objects.filter(second_look_of=page).first()
    if again is None:
        return Outcome(page.status, 0, len(leased), known_wrong)
    returned = len(leased) - again.tiles.exclude(assignment=None).count()
    return Outcome(page.status, 0, returned, None, again if again.status == Page.Status.OPEN else None)


def undo(page: Page) -> Page:
    """Take an accepted page back: its items are leased again, its marks stay on the tiles.

    What a reviewer settled since stays as it is, and so do crossed out items that somebody else has now.
    Finished says that nothing of it was stored; an open page stays open.
    """
    reopened = _undo(page)
    return renew(reopened)


@atomic
def _undo(page: Page) -> Page:
    _, locked = _locked(page)
    if locked.status == Page.Status.DROPPED:
        raise Finished("This page was dropped, so there is nothing of it to take back.")
    if locked.status != Page.Status.ACCEPTED:
        return locked
    for tile in locked.tiles.exclude(assignment=None).select_related("assignment__project").order_by("item"):
        assert tile.assignment is not None
        with suppress(submitting.Reviewed):
            submitting.undo(tile.assignment, _key(locked, tile))
        if _is_crossed(tile):
            Prediction.objects.filter(item=tile.item_id, label=locked.label_id).update(verifiable=True)
    locked.status, locked.client_key, locked.finished_at = Page.Status.OPEN, None, None
    locked.save(update_fields=["status", "client_key", "finished_at"])
    return locked


def _locked(page: Page) -> tuple[Project, Page]:
    """The page as it is now, and its project with the label set in force; all locks are taken."""
    labels = label_sets.hold(page.project_id)
    project = Project.objects.get(pk=page.project_id)
    project.label_set = labels
    list(_entries(page).order_by("pk"))
    return project, Page.objects.select_for_update(of=["self"]).get(pk=page.pk)


def _entries(page: Page) -> QuerySet[QueueEntry]:
    on_it = Tile.objects.filter(page=page, item=OuterRef("item")).exclude(assignment=None)
    return QueueEntry.objects.select_for_update(of=["self"]).filter(Exists(on_it))
