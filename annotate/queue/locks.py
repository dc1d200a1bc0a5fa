"""Locks that are taken from Python, in the order that `queue.sql` names."""

from typing import Any

from annotate.models import QueueState
from core.postgres.locks import lock_until_commit
from projects.models import Project

PICTURES = "annotate.pictures"
"""The name of the lock by which no picture is removed from the storage while an import may find it there."""

_ENTRIES = """
    SELECT count(*) FROM (
        SELECT FROM annotate_queueentry q WHERE q.project_id = %(project)s AND {condition} ORDER BY q.item_id FOR UPDATE
    ) locked
"""


def lock_imports(cursor: Any, project_id: int) -> None:
    """Wait for the chunk that is being stored, and let no other be stored in the project until the transaction ends."""
    lock_until_commit(cursor, "annotate.imports", project_id)


def lock_queue(project: Project) -> None:
    """Let nobody delete items of the project, or publish an order of them, until the transaction ends."""
    QueueState.objects.select_for_update().filter(project=project).first()


def lock_entries(cursor: Any, project_id: int, condition: str = "true", **values: Any) -> None:
    """Lock the queue entries `q` of a project for which the condition, which is SQL of ours, holds: by their item."""
    cursor.execute(_ENTRIES.format(condition=condition), {"project": project_id, **values})
