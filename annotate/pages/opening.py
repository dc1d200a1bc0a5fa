"""Opening a page: leasing its items, and choosing the one that is known to be wrong.

What is drawn at random is drawn by a keyed hash of the page's number: its record says it again, and nobody can work out
from the address of a page which tile is known to be wrong.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import orjson
from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User
from annotate import consensus
from annotate.models import Assignment, Page, Prediction, QueueEntry, Tile
from annotate.pages.offers import FEWEST_TILES, Offered, offered
from annotate.queue import leasing
from core.postgres.transactions import atomic
from projects.models import Project

MOST_TILES = 48
CANDIDATES = 200  # items with an agreed label, from a random place on, among which a known wrong one is chosen

_LEASE = "SELECT id, item_id FROM annotate_lease_predicted(%s, %s, %s, %s, %s, %s, %s)"
# Items that people agree to have another label, which the model believes as well. Best are those whose label is gold
# or a reviewer's word, and which this person has neither labelled nor seen on a page; last is the one of the page
# before, where there is one.
_KNOWN_WRONG = """
    SELECT c.item_id FROM (
        SELECT item_id, value, settled, certainty FROM annotate_consensus
        WHERE project_id = %(project)s AND value IS NOT NULL AND value <> %(value)s::jsonb
        ORDER BY item_id < %(start)s, item_id LIMIT %(candidates)s
    ) c JOIN annotate_item i ON i.id = c.item_id JOIN annotate_prediction p ON p.item_id = c.item_id
    WHERE p.label_id <> %(label)s AND coalesce(i.gold, c.value) = c.value
    ORDER BY c.item_id = %(former)s, EXISTS (SELECT FROM annotate_tile t JOIN annotate_page s ON s.id = t.page_id
                     WHERE t.item_id = c.item_id AND s.annotator_id = %(annotator)s),
        EXISTS (SELECT FROM annotate_annotation a WHERE a.item_id = c.item_id AND a.annotator_id = %(annotator)s),
        NOT (i.gold IS NOT NULL OR c.settled), c.certainty < 0.8, hashint8extended(c.item_id, %(seed)s), c.item_id
    LIMIT 1
"""

_ENDS = "SELECT min(item_id), max(item_id) FROM annotate_consensus WHERE project_id = %s"


def current(project: Project, annotator: User) -> Page | None:
    """A page that this person has not finished and still holds items of, first what they have to look at again, then
    the oldest; others are ended."""
    for page in project.pages.filter(annotator=annotator, status=Page.Status.OPEN).order_by("second_look_of", "pk"):
        if _leases(page).filter(expires_at__gt=timezone.now()).exists():
            return page
        release(page)
    return None


def open_page(project: Project, annotator: User, label: str = "", tiles: int | None = None) -> Page | None:
    """A new page of this predicted label, of the first one offered where none is named; None when there is none."""
    count = max(FEWEST_TILES, min(tiles or project.page_tiles, MOST_TILES))
    consensus.fresh(project, wait=False)  # since known wrong items are found by it
    for offer in offered(project, annotator):
        if label in ("", offer.label) and (page := _open(project, annotator, offer, count)):
            return page
    return None


@atomic
def _open(project: Project, annotator: User, offer: Offered, tiles: int) -> Page | None:
    page = numbered(project, annotator, offer.label_id)
    known_wrong = known_wrong_item(page)
    if known_wrong is None:
        return None
    seconds, fewest = project.lease_minutes * 60, FEWEST_TILES - 1
    terms = [project.pk, annotator.pk, offer.label_id, tiles - 1, fewest, seconds, project.test_share]
    with connection.cursor() as cursor:
        cursor.execute(_LEASE, terms)
        assignments = {item: assignment for assignment, item in cursor.fetchall()}
    if not assignments:
        return None
    store(page, with_known_wrong(page, _tiles(page, assignments), known_wrong))
    return page


def numbered(project: Project, annotator: User, label_id: int) -> Page:
    """A page that is not stored, with the number by which its random choices are drawn."""
    return Page(pk=_next_number(), project=project, annotator=annotator, label_id=label_id)


def _next_number() -> int:
    """The primary key of a page that may follow."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('annotate_page', 'id'))")
        number: int = cursor.fetchone()[0]
    return number


def drawn(number: int, least: int = 0, most: int = 2**31 - 1) -> int:
    """A whole number from `least` to `most`, the same for the same page."""
    digest = salted_hmac("annotate.pages", f"{number}:{least}:{most}", algorithm="sha256").digest()
    return least + int.from_bytes(digest[:8]) % (most - least + 1)


def _tiles(page: Page, assignments: dict[int, int]) -> list[Tile]:
    """The least certain first."""
    rows = Prediction.objects.filter(item__in=assignments).order_by("probability", "item")
    return [
        Tile(page=page, item_id=item, probability=probability, assignment_id=assignments[item])
        for item, probability in rows.values_list("item", "probability")
    ]


def with_known_wrong(page: Page, tiles: list[Tile], item: int) -> list[Tile]:
    """Tiles in their order, the known wrong one among them: at a random place, as probable as its neighbours."""
    place = drawn(page.pk, 0, len(tiles))
    beside = [tile.probability for tile in tiles[max(0, place - 1) : place + 1]]
    return [*tiles[:place], Tile(page=page, item_id=item, probability=sum(beside) / len(beside)), *tiles[place:]]


def store(page: Page, tiles: Sequence[Tile]) -> None:
    """Store a new page with its tiles in this order."""
    page.save(force_insert=True)
    for place, tile in enumerate(tiles):
        tile.place = place
    Tile.objects.bulk_create(tiles)


def known_wrong_item(page: Page, former: int | None = None) -> int | None:
    """An item that people agree not to have the page's label, drawn by its number; only else the former one."""
    with connection.cursor() as cursor:
        cursor.execute(_ENDS, [page.project_id])
        first, last = cursor.fetchone()
    if first is None:
        return None
    values: dict[str, Any] = {
        "project": page.project_id,
        "annotator": page.annotator_id,
        "label": page.label_id,
        "value": orjson.dumps(values_of(page.project)[page.label.name]).decode(),
        "start": drawn(page.pk, first, last),
        "seed": drawn(page.pk),
        "candidates": CANDIDATES,
        "former": former,
    }
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN_WRONG, values)
        row = cursor.fetchone()
    return row and row[0]


def values_of(project: Project) -> dict[str, Any]:
    """{label: the value of an item that has this label}."""
    names = project.label_names
    return dict(zip(names, project.kind.predicted(np.eye(len(names)), project.spec), strict=True))


@atomic
def release(page: Page) -> None:
    """End a page without an answer: its items go to whoever asks next. One that is finished stays so."""
    leasing.release_all(_leases(page))
    Page.objects.filter(pk=page.pk, status=Page.Status.OPEN).update(status=Page.Status.RELEASED)


@atomic
def renew(page: Page) -> Page:
    """Start the time of an unfinished page again; what it had given back and nobody took is taken again."""
    entries = QueueEntry.objects.select_for_update().filter(item__in=page.tiles.values("item")).order_by("pk")
    is_open = {entry.pk: entry.open for entry in entries}
    locked = Page.objects.select_for_update().select_related("project").get(pk=page.pk)
    if locked.status not in (Page.Status.OPEN, Page.Status.RELEASED):
        return locked
    given_back = Assignment.objects.filter(
        tiles__page=page, status__in=[Assignment.Status.RELEASED, Assignment.Status.EXPIRED]
    )
    again = [assignment.pk for assignment in given_back if is_open.get(assignment.item_id)]
    QueueEntry.objects.filter(item__assignments__in=again).update(taken=F("taken") + 1)
    Assignment.objects.filter(pk__in=again).update(status=Assignment.Status.LEASED)
    expires_at = timezone.now() + timedelta(minutes=locked.project.lease_minutes)
    Assignment.objects.live().filter(tiles__page=page).update(expires_at=expires_at)
    locked.status = Page.Status.OPEN
    locked.save(update_fields=["status"])
    return locked


def tiles_of(page: Page) -> Sequence[Tile]:
    """In their order, with their items and marks."""
    return list(page.tiles.select_related("item", "label", "assignment").order_by("place"))


def _leases(page: Page) -> QuerySet[Assignment]:
    """Those of an unfinished page: the leases of a dropped one may be those of a second look at it."""
    return Assignment.objects.live().filter(tiles__page=page, tiles__page__status=Page.Status.OPEN)
