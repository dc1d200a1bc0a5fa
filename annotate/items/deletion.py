"""What becomes of items, leases and files when a project ends or somebody leaves it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model
from django_q.tasks import async_task

from accounts.models import User
from annotate.models import Assignment, Cursor, Item
from annotate.queue import leasing
from annotate.queue.locks import lock_entries, lock_imports
from core import storage_folders
from core.postgres.availability import is_unavailable
from core.postgres.foreign_keys import without_foreign_key_checks
from core.postgres.transactions import atomic
from projects.models import Project

log = logging.getLogger(__name__)
FOLDERS = ("images", "imports")  # of the storage, with a folder for each project

# Kept by their numbers, for rows that name their item only.
_NOTE_ITEMS = """
    CREATE TEMPORARY TABLE IF NOT EXISTS leaving_items (id bigint) ON COMMIT DELETE ROWS;
    TRUNCATE leaving_items;
    INSERT INTO leaving_items SELECT id FROM annotate_item WHERE project_id = %s;
    ANALYZE leaving_items;
"""


@atomic
def clear(project: Project) -> None:
    """Delete all that is kept here of a project, table by table: Django would load each row of a million first.

    Locks are taken in the order of `queue.sql`, the places in the queue first: who labels meanwhile is waited for, or
    finds nothing left. Cursors come last, though, and nobody waits while holding one: leasing passes locked places
    over. Nor need the database ask for each item which rows it leaves behind: once the items are locked nothing can
    come to them any more, so what came in between is deleted by going through the tables again.
    """
    all_models: list[Any] = list(apps.get_app_config("annotate").get_models())
    others = [model for model in all_models if model not in (Item, Cursor)]
    with connection.cursor() as cursor:
        lock_imports(cursor, project.pk)
        lock_entries(cursor, project.pk)
        cursor.execute(_NOTE_ITEMS, [project.pk])
        with without_foreign_key_checks(cursor):
            for model in [*others, Item]:
                _delete(cursor, model, project)
            cursor.execute("SELECT FROM projects_project WHERE id = %s FOR UPDATE", [project.pk])
            for model in [*others, Cursor]:
                _delete(cursor, model, project)
    async_task("annotate.tasks.remove_files", project.pk)


def _delete(cursor: Any, model: type[Model], project: Project) -> None:
    columns = {field.column for field in model._meta.local_fields}
    where = "project_id = %(project)s" if "project_id" in columns else "item_id IN (SELECT id FROM leaving_items)"
    cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE {where}", {"project": project.pk})  # noqa: S608


@contextmanager
def ends_with(project_id: int) -> Iterator[None]:
    """Let work end without an error where its project was deleted while it was under way."""
    try:
        yield
    except Exception as error:
        if is_unavailable(error) or Project.objects.filter(pk=project_id).exists():
            raise
        log.info("Work on the project %s ends, because it was deleted", project_id)
        remove_files(project_id)


def remove_files(project_id: int) -> None:
    """Remove the pictures and uploads of a deleted project. It does no harm to call it twice."""
    for folder in FOLDERS:
        storage_folders.remove(f"{folder}/{project_id}")


def give_all_back(user: User) -> int:
    """Release all that this person has leased, in whichever project; returns how many items those were."""
    return leasing.release_all(Assignment.objects.live().filter(annotator=user).order_by("item"))


def give_back(project: Project, user: User) -> int:
    """Release all that this person has leased here; returns how many items those were."""
    return leasing.release_all(project.assignments.live().filter(annotator=user))
