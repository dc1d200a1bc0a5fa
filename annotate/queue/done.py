"""Which items are done: those with all the votes they want.

`taken` of a queue entry counts annotations and live leases, so an item is done when no place of it is open and no live
lease holds one. Every list, count and export asks here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL


def is_done(item: str) -> str:
    """SQL: whether the item with the id `item`, such as `i.id`, is done."""
    return f"""(
        EXISTS (SELECT FROM annotate_queueentry q WHERE q.item_id = {item} AND NOT q.open)
        AND NOT EXISTS (SELECT FROM annotate_assignment a WHERE a.item_id = {item} AND a.status = 'leased')
    )"""  # noqa: S608  a column's name


def item_is_done() -> RawSQL:
    """The same of the items of a queryset, as in `items.annotate(is_done=item_is_done())`."""
    return RawSQL(is_done("annotate_item.id"), [], output_field=BooleanField())  # noqa: S611  no parameters


@dataclass(frozen=True, slots=True)
class Counts:
    """Items: `waiting` have a place open, `begun` of those have a vote or a lease, `under_way` have no place open but
    a live lease. Votes: so many are `wanted` and `taken`, `leased` of these not given yet."""

    items: int = 0
    waiting: int = 0
    begun: int = 0
    wanted: int = 0
    taken: int = 0
    leased: int = 0
    under_way: int = 0

    @property
    def done(self) -> int:
        return self.items - self.waiting - self.under_way

    @property
    def items_share(self) -> float:
        return share_done(self.done, self.items)


def share_done(done: int, items: int) -> float:
    """Of the items those that are done, 0 to 1."""
    return done / items if items else 0.0


def counts(project_ids: Sequence[int]) -> dict[int, Counts]:
    """The counts of each of these projects; two queries, however many projects there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT project_id, count(*), count(*) FILTER (WHERE open), count(*) FILTER (WHERE open AND taken > 0),
                coalesce(sum(wanted), 0), coalesce(sum(taken), 0)
            FROM annotate_queueentry WHERE project_id = ANY (%s) GROUP BY project_id
            """,
            [list(project_ids)],
        )
        places = {project: row for project, *row in cursor.fetchall()}
        cursor.execute(
            """
            SELECT a.project_id, count(*), count(DISTINCT a.item_id) FILTER (WHERE NOT q.open)
            FROM annotate_assignment a JOIN annotate_queueentry q USING (item_id)
            WHERE a.project_id = ANY (%s) AND a.status = 'leased' GROUP BY a.project_id
            """,
            [list(project_ids)],
        )
        leases = {project: row for project, *row in cursor.fetchall()}
    return {pk: Counts(*places.get(pk, [0] * 5), *leases.get(pk, [0, 0])) for pk in project_ids}
