"""What waits for what beyond the order of locks in `queue.sql`."""

from typing import Any

from core.postgres.locks import lock_until_commit


def lock_imports(cursor: Any, project_id: int) -> None:
    """Wait for the chunk that is being stored, and let no other be stored in the project until the transaction ends."""
    lock_until_commit(cursor, "annotate.imports", project_id)
