"""Whether an error says that the database cannot be reached."""

import logging

from django.db import InterfaceError, OperationalError

_STATES = {
    "57P01",  # admin_shutdown
    "57P02",  # crash_shutdown
    "57P03",  # cannot_connect_now
    "53300",  # too_many_connections
}


def is_unavailable(error: BaseException | None) -> bool:
    """Whether the database could not be reached, or ended the connection; not that it refused a statement."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    state = getattr(error.__cause__, "pgcode", None)  # None: the server could not even say one
    return state is None or state in _STATES or state.startswith("08")


class WithoutTraceback(logging.Filter):
    """A log filter: that the database did not answer is one line, and the lines of our code say nothing more."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and is_unavailable(record.exc_info[1]):
            record.exc_info = record.exc_text = None
        return True
