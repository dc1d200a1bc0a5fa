"""Ends the supervisor's processes when the supervisor has ended, however it ended.

`up` writes the process group of each child to our standard input and keeps it open. Its end means that `up` has
ended, by SIGKILL perhaps: then we end every group that was named. Started as `python -m runtime.reaper`.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable
from subprocess import Popen

GRACE_SECONDS = 8.0


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups = [int(line) for line in sys.stdin]
    end(groups)


def end(groups: list[int], children: Iterable[Popen[bytes]] = ()) -> None:
    """SIGTERM to these process groups, SIGKILL to those that are still there after the grace time.

    A parent names its `children`, so that those that ended are reaped and no longer count as there.
    """
    _signal(groups, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(map(_exists, groups)) and time.monotonic() < deadline:
        time.sleep(0.05)
        for child in children:
            child.poll()
    _signal(groups, signal.SIGKILL)


def _signal(groups: list[int], number: signal.Signals) -> None:
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)


def _exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
