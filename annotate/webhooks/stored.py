"""Up to which row a table is complete.

A row gets its number before its transaction ends, so a row with a smaller number may come to light after one with a
greater. Who reads on from the last number that they saw would miss it. So whoever was writing when the newest number
was read is waited for: then all rows up to that number are there, and later ones have greater numbers.
"""

import time
from collections.abc import Sequence

from django.db import connection

WAIT_SECONDS = 5.0
PAUSE = 0.02

# Who adds rows has this lock of the table before the first of them gets its number, and until the transaction ends.
_WRITERS = """
    SELECT DISTINCT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND relation IN (SELECT to_regclass(name) FROM unnest(%s::text[]) name)
"""


def wait_for_writers(tables: Sequence[str], seconds: float = WAIT_SECONDS) -> bool:
    """Wait for the transactions that write to these tables now, not for later ones; whether all ended in time."""
    deadline = time.monotonic() + seconds
    writers = _writers(tables)
    while writers and time.monotonic() < deadline:
        time.sleep(PAUSE)
        writers &= _writers(tables)
    return not writers


def _writers(tables: Sequence[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS, [list(tables)])
        return {transaction for (transaction,) in cursor.fetchall()}
