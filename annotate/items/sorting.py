"""The items of a project in an order other than that of import, page by page; and how many there are.

Each page is one statement over all items that match: the best rows of a million are picked in a fraction of a second.
What takes longer than SECONDS is given up, and the page says so.
"""

from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from annotate.items.search import PAGE, Conditions, SearchPage, load
from annotate.models import Item
from projects.models import Project

SECONDS = 5.0
SECONDS_OF_COUNT = 0.5
FURTHEST = 10_000  # rows: nobody reads on for so long, and each page costs as much as all before it
CANCELED = "57014"


@dataclass(frozen=True, slots=True)
class Sort:
    """`ascending` and `descending` are SQL by which what an item lacks is last; `table` joins what they name."""

    title: str
    ascending: str
    descending: str
    table: str = ""


_CONSENSUS = "LEFT JOIN annotate_consensus c ON c.item_id = i.id"
_ENTRY = "JOIN annotate_queueentry q ON q.item_id = i.id"
SORTS = {
    "name": Sort("Item", "i.external_id", "i.external_id"),
    "confidence": Sort("Confidence", "coalesce(c.certainty, 2)", "coalesce(c.certainty, -1)", _CONSENSUS),
    "disagreement": Sort("Disagreement", "coalesce(c.dispute, 2)", "coalesce(c.dispute, -1)", _CONSENSUS),
    "votes": Sort("Votes", "coalesce(c.votes, 0)", "coalesce(c.votes, 0)", _CONSENSUS),
    "priority": Sort("Place in the queue", "q.rank", "q.rank", _ENTRY),
    "updated": Sort("Updated", "coalesce(c.updated_at, 'infinity')", "coalesce(c.updated_at, '-infinity')", _CONSENSUS),
}
SORT_NAMES = [f"{sign}{name}" for name in SORTS for sign in ("", "-")]


class TooSlow(Exception):
    """There are too many items for this; fewer can be sorted."""


def find_sorted(
    project: Project,
    items: QuerySet[Item],
    conditions: Conditions,
    sort: str,
    after: int = 0,
    page: int = PAGE,
) -> SearchPage:
    """The items that meet the conditions, from the place `after` of their order on; `sort` is one of SORT_NAMES.

    TooSlow when it takes more than SECONDS.
    """
    chosen, is_descending = SORTS[sort.removeprefix("-")], sort.startswith("-")
    key = f"{chosen.descending} DESC" if is_descending else chosen.ascending
    after = min(after, FURTHEST)
    sql = f"""
        SELECT i.id FROM annotate_item i {chosen.table} WHERE {_where(conditions)}
        ORDER BY {key}, i.id LIMIT %(limit)s OFFSET %(after)s
    """  # noqa: S608  ours
    ids = [pk for (pk,) in _within(SECONDS, sql, project, conditions, limit=page + 1, after=after)]
    following = after + page if len(ids) > page and after + page <= FURTHEST else None
    return SearchPage(load(items, ids[:page]), following, False)


def count(project: Project, conditions: Conditions) -> int | None:
    """How many items meet the conditions; None when counting them takes long."""
    sql = f"SELECT count(*) FROM annotate_item i WHERE {_where(conditions)}"  # noqa: S608  ours
    try:
        return int(_within(SECONDS_OF_COUNT, sql, project, conditions)[0][0])
    except TooSlow:
        return None


def _where(conditions: Conditions) -> str:
    return " AND ".join(["i.project_id = %(project)s", *conditions.sql])


def _within(seconds: float, sql: str, project: Project, conditions: Conditions, **values: Any) -> list[tuple]:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
            cursor.execute(sql, {"project": project.pk, **conditions.values, **values})
            rows = cursor.fetchall()
            cursor.execute("SET LOCAL statement_timeout = DEFAULT")
            return list(rows)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != CANCELED:
            raise
        raise TooSlow from error
