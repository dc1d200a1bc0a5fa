"""Limits on what could be guessed: log-ins, names of accounts, links of invitations.

An attempt is a row that is written before the guess is looked at, so that many at once are all counted. One that
succeeds is taken back; failures count for a while.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from accounts.models import Attempt

WINDOW = timedelta(minutes=5)
LONGEST_WINDOW = timedelta(days=1)

# In any order, so without waiting for rows that somebody else deletes at this moment.
_SWEEP = """
    DELETE FROM accounts_attempt WHERE id IN (
        SELECT id FROM accounts_attempt WHERE at < %s ORDER BY at LIMIT 1000 FOR UPDATE SKIP LOCKED
    )
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures of this kind (`key` says which) are allowed in a window, which is LONGEST_WINDOW at most."""

    key: str
    most: int
    window: timedelta = WINDOW

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.key.encode()).hexdigest()


class TooMany(Exception):
    """A limit is reached; nothing more is tried until the window has passed."""


def begin(limits: Sequence[Limit]) -> list[Attempt]:
    """Count an attempt against each of these limits; TooMany when one is reached, and then none of them is counted."""
    _sweep()
    attempts = Attempt.objects.bulk_create([Attempt(key=limit.digest) for limit in limits])
    for limit in limits:
        since = timezone.now() - limit.window
        if Attempt.objects.filter(key=limit.digest, at__gt=since).count() > limit.most:
            take_back(attempts)
            raise TooMany
    return attempts


def take_back(attempts: Sequence[Attempt]) -> None:
    """They succeeded, or were not made: they count no longer."""
    Attempt.objects.filter(pk__in=[attempt.pk for attempt in attempts]).delete()


def _sweep() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SWEEP, [timezone.now() - LONGEST_WINDOW])
