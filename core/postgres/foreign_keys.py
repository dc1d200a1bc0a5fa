"""Many rows at once, without a question about foreign keys for each of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_UNASKED = "SET LOCAL session_replication_role = replica"
_ASKED = "SET LOCAL session_replication_role = origin"
_MAY_SPARE = "SELECT has_parameter_privilege('session_replication_role', 'SET')"  # superusers, and whom they granted it
_MAY_SPARE_14 = "SELECT current_setting('is_superuser')::bool"


@contextmanager
def unasked(cursor: Any) -> Iterator[None]:
    """Spare the database these questions where our role may say so; elsewhere it asks them.

    Only within a transaction, and only for those who make sure themselves of what the keys promise.
    """
    cursor.execute(_MAY_SPARE if cursor.connection.server_version >= 150_000 else _MAY_SPARE_14)
    (may_spare,) = cursor.fetchone()
    if may_spare:
        cursor.execute(_UNASKED)
    yield
    if may_spare:
        cursor.execute(_ASKED)
