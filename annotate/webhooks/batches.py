"""What a webhook is sent next: the events behind its positions, as many as fit into one request."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import orjson

from annotate.webhooks import stored
from annotate.webhooks.sources import Row, Source, all_sources, newest_ids
from core.postgres.transactions import atomic
from projects.models import Webhook, WebhookDelivery

MOST_ROWS = 500
"""Of all sources together: an answer may make two events, of itself and of its item."""
MOST_BYTES = 2**20


class Batch(NamedTuple):
    """`is_full` says that more waits behind it."""

    events: list[bytes]
    names: list[str]
    positions: dict[str, int]
    is_full: bool


def begin(webhook: Webhook) -> None:
    """Announce from now on what the webhook wants and did not want before."""
    sources = _sources_of(webhook)
    newest = newest_ids(sources)
    now = {source.name: source.last_final(webhook.project, newest[source.name]) for source in sources}
    webhook.positions = {name: webhook.positions.get(name, position) for name, position in now.items()}
    webhook.save(update_fields=["positions"])


def has_news(positions: dict[str, int], newest: dict[str, int]) -> bool:
    """Whether there are rows behind these positions, perhaps of other projects."""
    return any(newest.get(name, 0) > position for name, position in positions.items())


def make(webhook: Webhook) -> bool:
    """Store the next delivery, if anything happened, and move the positions on: both or none.

    Returns whether more waits behind it. Where somebody who writes is not done in time, nothing happens this time.
    """
    sources = _sources_of(webhook)
    newest = newest_ids(sources)
    if not has_news(webhook.positions, newest) or not stored.wait_for_writers([source.table for source in sources]):
        return False
    batch = _read(webhook, sources, newest)
    return _store(webhook, batch) and batch.is_full


def _sources_of(webhook: Webhook) -> list[Source]:
    return [source for source in all_sources() if source.events & set(webhook.events)]


def _read(webhook: Webhook, sources: list[Source], newest: dict[str, int]) -> Batch:
    """Rows of all sources by time, up to the limits; the rest is for the next batch."""
    wanted, positions = frozenset(webhook.events), dict(webhook.positions)
    waiting: list[tuple[datetime, str, Row]] = []
    for source in sources:
        after = positions.get(source.name, newest[source.name])
        until = max(after, source.last_final(webhook.project, newest[source.name]))
        rows = source.read(webhook.project, wanted, after, until, MOST_ROWS)
        waiting += _timed(source.name, rows)
        positions[source.name] = until if len(rows) < MOST_ROWS else rows[-1].id
    waiting.sort(key=lambda entry: entry[0])
    events, names, n_rows = _fill(row for _, _, row in waiting)
    for _, source_name, row in reversed(waiting[n_rows:]):
        positions[source_name] = row.id - 1  # before the first that did not fit
    return Batch(events, names, positions, is_full=n_rows < len(waiting) or len(waiting) >= MOST_ROWS)


def _timed(source_name: str, rows: Iterable[Row]) -> Iterator[tuple[datetime, str, Row]]:
    """With times that never go back, so that the rows of one source stay in order beside those of others."""
    latest: datetime | None = None
    for row in rows:
        latest = row.at if latest is None else max(latest, row.at)
        yield latest, source_name, row


def _fill(rows: Iterable[Row]) -> tuple[list[bytes], list[str], int]:
    """(events as JSON, their names once each, how many rows those are). At least one row that makes events, however
    large."""
    events: list[bytes] = []
    names: dict[str, None] = {}
    n_bytes, n_rows = 0, 0
    for row in rows:
        new = [orjson.dumps({"event": name, "at": row.at, "data": data}) for name, data in row.events]
        n_bytes += sum(map(len, new))
        if n_rows == MOST_ROWS or (events and n_bytes > MOST_BYTES):
            break
        events += new
        names |= dict.fromkeys(str(name) for name, _ in row.events)
        n_rows += 1
    return events, list(names), n_rows


@atomic
def _store(webhook: Webhook, batch: Batch) -> bool:
    """False where the webhook was changed, removed or served by somebody else meanwhile."""
    same = Webhook.objects.select_for_update().filter(pk=webhook.pk, positions=webhook.positions, active=True)
    if same.first() is None:
        return False
    if batch.events:
        events = b"[" + b",".join(batch.events) + b"]"
        WebhookDelivery.objects.create(webhook=webhook, names=batch.names, events=events.decode())
    Webhook.objects.filter(pk=webhook.pk).update(positions=batch.positions)
    return True
