"""Rounds whose process was killed are taken up again, at most twice."""

import logging
from datetime import timedelta

from django.utils import timezone

from learner.models import Round
from learner.rounds.asking import enqueue
from learner.rounds.heartbeat import BEAT_SECONDS
from learner.rounds.lock import alone

MOST_ATTEMPTS = 3
SILENT = timedelta(seconds=5 * BEAT_SECONDS)  # a running round that is silent for so long has lost its process
FORGOTTEN = timedelta(minutes=5)  # a queued round that nobody started for so long has lost its job

log = logging.getLogger(__name__)


def revive() -> int:
    """Take up the rounds whose process was killed: queue them again, or give them up after three attempts."""
    now = timezone.now()
    silent = Round.objects.filter(status=Round.Status.RUNNING, heartbeat_at__lt=now - SILENT)
    forgotten = Round.objects.filter(status=Round.Status.QUEUED, heartbeat_at__lt=now - FORGOTTEN)
    return sum(map(_revive, silent | forgotten))


def _revive(round: Round) -> bool:
    with alone(round.project_id) as dead:
        if not dead:
            return False
        if round.attempt >= MOST_ATTEMPTS:
            give_up(round)
            return False
        same = Round.objects.filter(pk=round.pk, attempt=round.attempt, status=round.status)
        queued = same.update(status=Round.Status.QUEUED, heartbeat_at=timezone.now())
    if queued:
        log.warning("Round %s of project %s lost its worker; it is queued again", round.pk, round.project_id)
        enqueue(round)
    return bool(queued)


def give_up(round: Round) -> None:
    where = f" in the phase {round.phase!r}" if round.phase else ""
    Round.objects.filter(pk=round.pk, attempt=round.attempt).unfinished().update(
        status=Round.Status.FAILED,
        finished_at=timezone.now(),
        reason=f"its worker was killed{where}, in the last of {round.attempt} attempts; "
        "if there was too little memory, the log of the operating system says so",
    )
