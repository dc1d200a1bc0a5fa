"""Whether an error says that the database cannot be reached, and what waits until it can."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import Error, InterfaceError, OperationalError, connection

T = TypeVar("T")

_STATES = {
    "57P01",  # admin_shutdown
    "57P02",  # crash_shutdown
    "57P03",  # cannot_connect_now
    "53300",  # too_many_connections
}


def is_unavailable(error: BaseException | None) -> bool:
    """Whether the database could not be reached, or ended the connection; not that it refused a statement."""
    if isinstance(error, InterfaceError):
        return "connection already closed" in str(error)
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.__cause__, "pgcode", None)  # None: the server could not even say one
    return state is None or state in _STATES or state.startswith("08")


def once_available(function: Callable[[], T], seconds: float = 120, pause: float = 0.5) -> T:
    """Call a function on a new connection, again and again while the database is away, but no longer than so long."""
    deadline = time.monotonic() + seconds
    while True:
        connection.close()
        try:
            return function()
        except Error as error:
            if not is_unavailable(error) or time.monotonic() > deadline:
                raise
        time.sleep(pause)


class WithoutTraceback(logging.Filter):
    """A log filter: that the database did not answer is one line, and the lines of our code say nothing more."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and is_unavailable(record.exc_info[1]):
            record.exc_info = record.exc_text = None
        return True
