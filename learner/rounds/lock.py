"""The lock that a process holds while it runs a round of a project."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from core.postgres.locks import try_lock


@contextmanager
def alone(project_id: int, seconds: float = 0) -> Iterator[bool]:
    """Whether no other process is at a round of the project; none can begin one before this ends.

    The lock has a session of its own, and goes with it, also when the process is killed.
    """
    session = connection.copy()
    deadline = time.monotonic() + seconds
    try:
        with session.cursor() as cursor:
            while not (locked := try_lock(cursor, "learner.round", project_id)) and time.monotonic() < deadline:
                time.sleep(0.1)
        yield locked
    finally:
        session.close()
