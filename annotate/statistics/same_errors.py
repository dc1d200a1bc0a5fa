"""Who makes the same errors as whom, by the last run over all votes."""

from typing import NamedTuple

from accounts.models import User
from annotate import consensus
from projects.models import Project


class Pair(NamedTuple):
    first: User
    second: User
    share: float  # of the votes that one has from the other, 0 to 1


def pairs(project: Project) -> list[Pair]:
    """Those that share most first; both in the order of their names. As cached with the consensus: no vote is read."""
    run = consensus.last_run(project)
    rows = run.same_errors if run else []
    users = User.objects.in_bulk({user for first, second, _ in rows for user in (first, second)})
    return [
        _by_name(users[first], users[second], share)
        for first, second, share in rows
        if first in users and second in users
    ]


def _by_name(first: User, second: User, share: float) -> Pair:
    return Pair(first, second, share) if first.username <= second.username else Pair(second, first, share)
