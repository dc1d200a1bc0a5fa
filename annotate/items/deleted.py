"""Items are deleted at once, and for a minute they can be restored with all that was said of them.

Their rows move out of every table into `DeletedRows`. So they are in no queue, page, export or count from the moment on
in which they are deleted, and no query needs to know of it. What is deleted for longer is purged by a job.

Locks are taken in the order of `queue.sql`, after those by which imports and the publishing of an order wait. The items
themselves are locked last, as by foreign keys: whoever stores something about one meanwhile is waited for, or finds it
deleted.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from accounts.models import User
from annotate.items import label_changes
from annotate.items.deleted_rows import move, put_back, put_items_back, rows_of, tables
from annotate.items.selection import SELECTED, Selection, stage
from annotate.models import (
    Annotation,
    Assignment,
    Band,
    Consensus,
    ConsensusDue,
    DeletedRows,
    Deletion,
    Item,
    QueueEntry,
)
from annotate.queue.locks import PICTURES, lock_entries, lock_imports, lock_queue
from annotate.queue.ordering import look_again
from annotate.signals import items_deleted
from core.postgres.foreign_keys import without_foreign_key_checks
from core.postgres.locks import advisory_lock
from core.postgres.transactions import atomic
from projects import label_sets
from projects.models import Event, Project

RESTORABLE = timedelta(minutes=1)
_UNDER_WAY = timedelta(minutes=1)  # somebody may be restoring them just now
_MOST_NAMED = 20
_NOT_KEPT = (Band, Consensus, ConsensusDue)  # made anew
_HELD = (QueueEntry, Assignment, Annotation)  # nobody stores one without the lock of the queue entry


class MoreAnnotations(Exception):
    """More annotations would go than whoever asked has agreed to. `annotations` is how many."""

    def __init__(self, annotations: int) -> None:
        super().__init__(f"{annotations} annotations would be deleted with these items; say so to delete them.")
        self.annotations = annotations


class NotRestorable(Exception):
    """The minute is over, the items were restored already, or whose answers they have was deleted."""


@dataclass(frozen=True, slots=True)
class Restored:
    """`taken` names up to twenty of the items that stay deleted, because their names were imported anew since."""

    items: int
    not_restored: int
    taken: list[str]


def delete(project: Project, selection: Selection, by: User | None, most_annotations: int | None = None) -> Deletion:
    """Delete items with all that was said of them; leases of them end. MoreAnnotations when more would go than said."""
    deletion = _delete(project, selection, by, most_annotations)
    items_deleted.send(Item, project=project, annotations=deletion.annotations)
    return deletion


def restorable_until(deletion: Deletion) -> datetime:
    return deletion.created_at + RESTORABLE


def restorable(project: Project, deletion_id: int) -> Deletion:
    """The deletion, if it can still be undone; else NotRestorable."""
    since = timezone.now() - RESTORABLE
    deletion = Deletion.objects.filter(project=project, pk=deletion_id, created_at__gt=since).first()
    if deletion is None:
        raise NotRestorable("These items cannot be restored any more: it is possible for one minute, and once.")
    return deletion


def restore(deletion: Deletion, by: User | None) -> Restored:
    """Put items back as they were, but for their leases, which have ended. NotRestorable when it is too late."""
    restored = _restore(deletion, by)
    items_deleted.send(Item, project=deletion.project, annotations=deletion.annotations)
    return restored


def purge() -> int:
    """Delete for good what cannot be restored any more, with its pictures; returns how many deletions those were."""
    old = Deletion.objects.filter(created_at__lt=timezone.now() - RESTORABLE - _UNDER_WAY)
    return sum(_purge(*deletion) for deletion in old.values_list("pk", "project"))


# Deleting


_LOCK_ITEMS = f"SELECT count(*) FROM (SELECT FROM annotate_item WHERE id {SELECTED} ORDER BY id FOR UPDATE) locked"  # noqa: S608


@atomic
def _delete(project: Project, selection: Selection, by: User | None, most_annotations: int | None) -> Deletion:
    with connection.cursor() as cursor:
        lock_imports(cursor, project.pk)
        labels = label_sets.hold(project.pk)
        lock_queue(project)
        items = stage(cursor, project, selection)
        lock_entries(cursor, project.pk, f"q.item_id {SELECTED}")
        deletion = Deletion.objects.create(
            project=project, by=by, items=items, annotations=0, labels_version=labels.version
        )
        with without_foreign_key_checks(cursor):
            deletion.annotations = _move_all(cursor, deletion)
    if most_annotations is not None and deletion.annotations > most_annotations:
        raise MoreAnnotations(deletion.annotations)
    deletion.save(update_fields=["annotations"])
    data = {"items": items, "annotations": deletion.annotations}
    Event.objects.create(project=project, actor=by, act="items deleted", data=data)
    return deletion


def _move_all(cursor: Any, deletion: Deletion) -> int:
    """Move the rows of the selected items out of every table; returns how many annotations are among them."""
    moved = {model: _move(cursor, model, deletion) for model in _about_items()}
    cursor.execute(_LOCK_ITEMS)
    for model in _about_items():
        if model not in _HELD:  # what came in between
            _move(cursor, model, deletion)
    move(cursor, Item, deletion)
    return moved[Annotation]


def _about_items() -> Iterator[Any]:
    """The tables with rows about items, but for the items'."""
    for model in apps.get_app_config("annotate").get_models():
        if any(field.column == "item_id" for field in model._meta.local_fields):
            yield model


def _move(cursor: Any, model: Any, deletion: Deletion) -> int:
    if model not in _NOT_KEPT:
        return move(cursor, model, deletion)
    cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE item_id {SELECTED}")  # noqa: S608  ours
    return 0


# Restoring


@atomic
def _restore(deletion: Deletion, by: User | None) -> Restored:
    project = deletion.project
    with connection.cursor() as cursor:
        lock_imports(cursor, project.pk)
        labels = label_sets.hold(project.pk)
        if not Deletion.objects.select_for_update().filter(pk=deletion.pk).exists():
            raise NotRestorable("These items are restored already.")
        with without_foreign_key_checks(cursor):
            restored = put_items_back(cursor, deletion)
            _put_rows_back(cursor, deletion)
        taken = _taken_names(cursor, deletion) if restored < deletion.items else []
        cursor.execute(_END_LEASES)
    _discard(deletion.pk)
    if labels.version != deletion.labels_version:
        label_changes.repair(project)
    look_again(project)
    Event.objects.create(project=project, actor=by, act="items restored", data={"items": restored})
    return Restored(restored, deletion.items - restored, taken)


_TAKEN = f"SELECT external_id FROM {rows_of(Item)} r WHERE NOT r.id {SELECTED} ORDER BY id LIMIT {_MOST_NAMED}"  # noqa: S608
_END_LEASES = f"""
    WITH ended AS (
        UPDATE annotate_assignment SET status = 'released' WHERE status = 'leased' AND item_id {SELECTED}
        RETURNING item_id
    )
    UPDATE annotate_queueentry q
    SET taken = (SELECT count(*) FROM annotate_annotation n WHERE n.item_id = q.item_id)
    WHERE q.item_id IN (SELECT item_id FROM ended)
"""  # noqa: S608  ours
_HAVE_CONSENSUS_MADE = """
    INSERT INTO annotate_consensusdue (item_id, project_id)
    SELECT s.id, %s FROM selected_items s
    WHERE EXISTS (SELECT FROM annotate_annotation n WHERE n.item_id = s.id)
"""


def _taken_names(cursor: Any, deletion: Deletion) -> list[str]:
    """The first names that other items have by now."""
    cursor.execute(_TAKEN, {"deletion": deletion.pk})
    return [name for (name,) in cursor.fetchall()]


def _put_rows_back(cursor: Any, deletion: Deletion) -> None:
    """All that was said of the items, which are back. What the rows refer to is locked in place of a check of each."""
    stored, keys = tables(deletion), defaultdict[Any, set[int]](set)
    keys[Project._meta.pk] = {deletion.project_id}
    for model in _about_items():
        if model._meta.db_table in stored:
            fields = list(_references(model))
            for field, values in zip(fields, put_back(cursor, model, deletion, fields), strict=True):
                keys[field.target_field] |= values
    cursor.execute(_HAVE_CONSENSUS_MADE, [deletion.project_id])
    for target, referred in keys.items():
        _lock_references(cursor, target, sorted(referred))


def _references(model: Any) -> Iterator[Any]:
    """The foreign keys of a table to what is not restored with it, but for the project."""
    known = {Project, Item, *_about_items()}
    for field in model._meta.local_concrete_fields:
        if field.is_relation and field.related_model not in known:
            yield field


def _lock_references(cursor: Any, target: Any, keys: Sequence[int]) -> None:
    """Keep rows that others refer to from being deleted. NotRestorable where one of them was deleted."""
    model, key = target.model, target.column
    cursor.execute(f"SELECT FROM {model._meta.db_table} WHERE {key} = ANY(%s) ORDER BY {key} FOR KEY SHARE", [keys])
    if len(cursor.fetchall()) < len(keys):
        raise NotRestorable(f"These items cannot be restored: a {model._meta.verbose_name} was deleted meanwhile.")


# For good

_UNUSED_PICTURES = """
    WITH pictures AS (
        SELECT d.deletion_id, item ->> 'image' AS image
        FROM annotate_deletedrows d, json_array_elements(d.rows::json) item
        WHERE d.project_id = %(project)s AND d."table" = 'annotate_item' AND item ->> 'image' IS NOT NULL
    )
    SELECT DISTINCT image FROM pictures p WHERE deletion_id = %(deletion)s
      AND NOT EXISTS (SELECT FROM annotate_item i WHERE i.project_id = %(project)s AND i.image = p.image)
      AND NOT EXISTS (SELECT FROM pictures o WHERE o.deletion_id <> %(deletion)s AND o.image = p.image)
"""


def _purge(deletion_id: int, project_id: int) -> bool:
    """Not while a file is imported, which may bring one of the pictures again: then the next job does it."""
    with advisory_lock(PICTURES, project_id, wait=False) as locked:
        if locked:
            with connection.cursor() as cursor:
                cursor.execute(_UNUSED_PICTURES, {"deletion": deletion_id, "project": project_id})
                pictures = [name for (name,) in cursor.fetchall()]
            for name in pictures:
                default_storage.delete(name)
            _discard(deletion_id)
        return locked


def _discard(deletion_id: int) -> None:
    DeletedRows.objects.filter(deletion=deletion_id)._raw_delete("default")
    Deletion.objects.filter(pk=deletion_id).delete()
