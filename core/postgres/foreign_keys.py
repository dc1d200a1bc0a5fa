"""Many rows at once, without a foreign key check for each of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_WITHOUT_CHECKS = "SET LOCAL session_replication_role = replica"
_WITH_CHECKS = "SET LOCAL session_replication_role = origin"
_MAY_SKIP = "SELECT has_parameter_privilege('session_replication_role', 'SET')"  # superusers, and whom they granted it
_MAY_SKIP_14 = "SELECT current_setting('is_superuser')::bool"


@contextmanager
def without_foreign_key_checks(cursor: Any) -> Iterator[None]:
    """Skip the checks where our role may; elsewhere the database makes them.

    Only within a transaction, and only for code that makes sure itself of what the keys promise.
    """
    cursor.execute(_MAY_SKIP if cursor.connection.server_version >= 150_000 else _MAY_SKIP_14)
    (may_skip,) = cursor.fetchone()
    if may_skip:
        cursor.execute(_WITHOUT_CHECKS)
    yield
    if may_skip:
        cursor.execute(_WITH_CHECKS)
