"""Advisory locks: what only one process may do at a time, by its name and the row that it is about."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import Error, connection

_KEY = "hashtextextended(%s, %s)"


@contextmanager
def advisory_lock(name: str, row: int = 0, *, wait: bool | float = True) -> Iterator[bool]:
    """Hold the lock for a block of code; False where another session has it and we do not `wait`, or so many seconds.

    It belongs to the database session: a killed process gives it back.
    """
    with connection.cursor() as cursor:
        acquired = _acquire(cursor, name, row) if wait is True else _try_for(wait, cursor, name, row)
    try:
        yield acquired
    finally:
        if acquired:
            with suppress(Error), connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock({_KEY})", [name, row])


@contextmanager
def shared_lock(name: str, row: int = 0) -> Iterator[None]:
    """Keep everybody from `advisory_lock` of this name for a block of code; any number of sessions may at once."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock_shared({_KEY})", [name, row])
    try:
        yield
    finally:
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock_shared({_KEY})", [name, row])


def _acquire(cursor: Any, name: str, row: int) -> bool:
    cursor.execute(f"SELECT pg_advisory_lock({_KEY})", [name, row])
    return True


def _try_for(seconds: float, cursor: Any, name: str, row: int) -> bool:
    deadline = time.monotonic() + seconds
    while not (acquired := try_lock(cursor, name, row)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return acquired


def try_lock(cursor: Any, name: str, row: int = 0) -> bool:
    """Take the lock for the session of this cursor, if no other has it; it is held until that session ends."""
    cursor.execute(f"SELECT pg_try_advisory_lock({_KEY})", [name, row])
    return bool(cursor.fetchone()[0])


def share_until_commit(cursor: Any, name: str, row: int = 0) -> None:
    """Wait until nobody has locked it by `lock_until_commit`, and keep everybody from it until the transaction ends."""
    cursor.execute(f"SELECT pg_advisory_xact_lock_shared({_KEY})", [name, row])


def lock_until_commit(cursor: Any, name: str, row: int = 0) -> None:
    """Wait for the lock and hold it until the transaction ends."""
    cursor.execute(f"SELECT pg_advisory_xact_lock({_KEY})", [name, row])
