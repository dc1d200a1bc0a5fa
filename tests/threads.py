"""Several people at once: each function in a thread with a connection of its own."""

import threading
import time
from collections.abc import Callable

from django.db import connection


def at_once(*functions: Callable[[], None]) -> list[BaseException]:
    """Run all at once; the errors that came."""
    errors: list[BaseException] = []

    def run(function: Callable[[], None]) -> None:
        try:
            function()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return errors


def wait_until_blocked(thread: threading.Thread) -> None:
    """Until the thread waits for a lock of this connection."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks "
                "WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
            )
            if cursor.fetchone()[0]:
                return
            assert thread.is_alive(), "it did not wait"
            time.sleep(0.01)
