"""The sign of life of a running round, written by a thread of its own: a fit may take long without a pause."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection
from django.utils import timezone

from learner.models import Round

BEAT_SECONDS = 3.0

log = logging.getLogger(__name__)


@contextmanager
def beating(round: Round) -> Iterator[None]:
    """Write the round's heartbeat every few seconds until the block ends."""
    ended = threading.Event()
    heart = threading.Thread(target=_beat, args=(round.pk, round.attempt, ended), name="heartbeat", daemon=True)
    heart.start()
    try:
        yield
    finally:
        ended.set()
        heart.join()


def _beat(round_id: int, attempt: int, ended: threading.Event) -> None:
    try:
        while not ended.wait(BEAT_SECONDS):
            _write(round_id, attempt)
    finally:
        connection.close()  # this thread's own


def _write(round_id: int, attempt: int) -> None:
    try:
        Round.objects.filter(pk=round_id, attempt=attempt).unfinished().update(heartbeat_at=timezone.now())
    except DatabaseError as error:  # the next beat tries again on a new connection
        log.warning("The heartbeat of round %s was not written: %s", round_id, error)
        connection.close()
