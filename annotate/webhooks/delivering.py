"""The worker's part: it looks each second for what happened, and sends it.

Each webhook is served by one thread at a time, on one host: an advisory lock sees to that. A receiver that is slow
keeps its own thread waiting and no job. What waits is stored (`batches`) before it is sent and deleted after, so a
killed worker loses nothing; it may send the same delivery again.
"""

import logging
import os
import sys
import threading
import time

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from annotate.webhooks import batches
from annotate.webhooks.sources import all_sources, newest_ids
from core.postgres.locks import advisory_lock
from projects.models import Webhook, WebhookDelivery
from projects.webhooks import outcomes, sending

LOOK_SECONDS = 1.0
TURN_SECONDS = 10.0  # after which others have their turn
RESTS = 9.0  # times as long as its deliveries took to make, so that one webhook takes a tenth of a processor at most
LONGEST_REST = 30.0
FAULT_SECONDS = 10.0  # after a fault of ours it is tried again
MOST_TURNS = 8  # at once
NICENESS = 10  # people who label come first
LOCK = "annotate.webhooks"

log = logging.getLogger(__name__)


def run() -> None:
    """Deliver until the process ends."""
    turns: dict[int, Turn] = {}
    while True:
        try:
            start_turns(turns)
        except Exception:
            log.exception("Webhooks could not be looked for")
            connection.close()
        time.sleep(LOOK_SECONDS)


class Turn(threading.Thread):
    """Serves one webhook, which rests afterwards until `rests_until` of the monotonic clock."""

    rests_until = 0.0

    def __init__(self, webhook_id: int) -> None:
        super().__init__(daemon=True)
        self.webhook_id = webhook_id

    def run(self) -> None:
        rest = FAULT_SECONDS
        try:
            _give_way()
            rest = min(RESTS * serve(self.webhook_id), LONGEST_REST)
        except Exception:
            log.exception("Webhook %s could not be served", self.webhook_id)
        finally:
            self.rests_until = time.monotonic() + rest
            connection.close()

    @property
    def is_over(self) -> bool:
        return not self.is_alive() and time.monotonic() >= self.rests_until


def _give_way() -> None:
    """Let this thread calculate when nobody else wants to; Linux alone knows priorities of threads."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def start_turns(turns: dict[int, Turn]) -> None:
    """Start one for each webhook that something may wait for; those that were served longest ago come first."""
    for webhook_id in _longest_ago_first(due(), turns):
        if sum(turn.is_alive() for turn in turns.values()) == MOST_TURNS:
            return
        if webhook_id not in turns or turns[webhook_id].is_over:
            turns.pop(webhook_id, None)
            turns[webhook_id] = Turn(webhook_id)
            turns[webhook_id].start()


def _longest_ago_first(webhook_ids: list[int], turns: dict[int, Turn]) -> list[int]:
    """The turns are there in the order in which they were started."""
    places = {webhook_id: place for place, webhook_id in enumerate(turns)}
    return sorted(webhook_ids, key=lambda webhook_id: places.get(webhook_id, -1))


def due() -> list[int]:
    """The webhooks for which a delivery waits, or for which something may have happened. Two queries at most."""
    ready = Q(delivery__isnull=True) | Q(delivery__next_at__lte=timezone.now())
    webhooks = Webhook.objects.filter(ready, active=True).values_list("pk", "positions", "delivery__pk")
    newest = newest_ids(all_sources()) if webhooks else {}
    return [pk for pk, positions, waiting in webhooks if waiting or batches.has_news(positions, newest)]


def serve(webhook_id: int) -> float:
    """Send what waits, and what happened since, while requests are full and the turn lasts.

    Returns the seconds that it took to make the deliveries, without those in which receivers were waited for. Nothing
    happens where somebody else serves this webhook.
    """
    seconds, until = 0.0, time.monotonic() + TURN_SECONDS
    with advisory_lock(LOCK, webhook_id, wait=False) as goes_on:
        while goes_on and time.monotonic() < until:
            goes_on, spent = _deliver(webhook_id)
            seconds += spent
    return seconds


def _deliver(webhook_id: int) -> tuple[bool, float]:
    """Send one delivery; (whether more waits that need not wait longer, the seconds that it took to make it)."""
    webhook = Webhook.objects.select_related("project").filter(pk=webhook_id, active=True).first()
    if webhook is None:
        return False, 0.0
    waiting = WebhookDelivery.objects.filter(webhook=webhook).select_related("webhook__project")
    began = time.monotonic()
    more = waiting.exists() or batches.make(webhook)
    seconds = time.monotonic() - began
    delivery = waiting.first()
    if delivery is None:
        return more, seconds
    return delivery.next_at <= timezone.now() and _send(delivery) and more, seconds


def _send(delivery: WebhookDelivery) -> bool:
    """Whether it was received."""
    attempt = sending.send(delivery.webhook, delivery)
    outcomes.store(delivery, attempt)
    return attempt.received
