"""Ends the supervisor's processes when the supervisor has ended, however it ended.

`up` writes the process group of each child to our standard input, with a minus when the child has ended, and keeps the
input open. Its end means that `up` has ended, by SIGKILL perhaps: then we end every group that is left. Started as
`python -m runtime.reaper`.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Collection

from runtime.processes import members, wait_until_ended

GRACE_SECONDS = 8.0


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line)
        groups.add(group) if group > 0 else groups.discard(-group)
    end(groups)


def end(groups: Collection[int]) -> None:
    """SIGTERM to the leaders of these groups; SIGKILL to what they leave behind, and to all after the grace time.

    Only the leaders are asked: they know in which order their own children have to end. Returns when none is left: one
    that was killed takes a moment to end, and uses PostgreSQL until then.
    """
    for leader in groups:
        with contextlib.suppress(ProcessLookupError):
            os.kill(leader, signal.SIGTERM)
    wait_until_ended(groups, GRACE_SECONDS)
    for group in groups:
        send(group, signal.SIGKILL)
    wait_until_ended(members(groups), GRACE_SECONDS)


def send(group: int, number: int) -> None:
    """A signal to whatever is left of a process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


if __name__ == "__main__":
    main()
