"""The items of a project in an order other than that of import, page by page; and how many there are.

Each page is one statement over all items that match: the best rows of a million are picked in a fraction of a second.
What takes longer than SECONDS is given up, and the page says so.
"""

from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from annotate.items.search import PAGE, Conditions, SearchPage, load, with_name_first
from annotate.models import Item
from projects.models import Project

SECONDS = 5.0
SECONDS_OF_COUNT = 0.5
FURTHEST = 10_000  # rows: nobody reads on for so long, and each page costs as much as all before it
CANCELED = "57014"


@dataclass(frozen=True, slots=True)
class Sort:
    """`ascending` and `descending` are SQL by which what an item lacks is last; `table` joins what they name.

    `every` selects from a table with a row for each item: where nothing narrows the list, the items are not looked at.
    """

    title: str
    ascending: str
    descending: str
    table: str = ""
    every: str = ""


_CONSENSUS = "LEFT JOIN annotate_consensus c ON c.item_id = i.id"
_PREDICTION = "LEFT JOIN annotate_prediction p ON p.item_id = i.id"
_ENTRY = "JOIN annotate_queueentry q ON q.item_id = i.id"
_ENTRIES = "SELECT q.item_id AS id, q.rank AS key FROM annotate_queueentry q WHERE q.project_id = %(project)s"
SORTS = {
    "name": Sort("Item", "i.external_id", "i.external_id"),
    "confidence": Sort("Confidence", "coalesce(c.certainty, 2)", "coalesce(c.certainty, -1)", _CONSENSUS),
    "prediction": Sort(
        "Confidence of the prediction", "coalesce(p.probability, 2)", "coalesce(p.probability, -1)", _PREDICTION
    ),
    "disagreement": Sort("Disagreement", "coalesce(c.dispute, 2)", "coalesce(c.dispute, -1)", _CONSENSUS),
    "votes": Sort("Votes", "coalesce(c.votes, 0)", "coalesce(c.votes, 0)", _CONSENSUS),
    "priority": Sort("Place in the queue", "q.rank", "q.rank", _ENTRY, _ENTRIES),
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
    key, after = chosen.descending if is_descending else chosen.ascending, min(after, FURTHEST)
    matching = f"SELECT i.id, {key} AS key FROM annotate_item i {chosen.table} WHERE {_where(conditions)}"  # noqa: S608
    if chosen.every and not conditions.sql:
        matching = chosen.every
    part = f"ORDER BY key{' DESC' if is_descending else ''}, id LIMIT %(limit)s OFFSET %(after)s"
    ids, total = _look(SECONDS, matching, part, project, conditions, limit=page + 1, after=after)
    following = after + page if len(ids) > page and after + page <= FURTHEST else None
    return SearchPage(load(items, ids[:page]), following, False, total)


def find_counted(
    project: Project, items: QuerySet[Item], conditions: Conditions, after: int = 0, page: int = PAGE
) -> SearchPage | None:
    """What words find in the order of import, as `search.find_name_first`, with its total; None when that takes long.

    It looks at all words once: to find a page and then to count costs up to twice as much.
    """
    matching = f"SELECT i.id FROM annotate_item i WHERE {_where(conditions)}"  # noqa: S608  ours
    part = "WHERE id > %(after)s ORDER BY id LIMIT %(limit)s"
    try:
        ids, total = _look(SECONDS_OF_COUNT, matching, part, project, conditions, limit=page + 1, after=after)
    except TooSlow:
        return None
    result = SearchPage(load(items, ids[:page]), ids[page - 1] if len(ids) > page else None, False, total)
    return with_name_first(project, items, conditions, after, result)


def count(project: Project, conditions: Conditions, seconds: float = SECONDS_OF_COUNT) -> int | None:
    """How many items meet the conditions; None when counting them takes longer than this."""
    sql = f"SELECT count(*) FROM annotate_item i WHERE {_where(conditions)}"  # noqa: S608  ours
    try:
        return int(_within(seconds, sql, project, conditions)[0][0])
    except TooSlow:
        return None


def _look(
    seconds: float, matching: str, part: str, project: Project, conditions: Conditions, **values: int
) -> tuple[list[int], int | None]:
    """The ids of a part of what matches; and how many match, where looking for words costs more than to note them."""
    if not conditions.words:
        sql = f"SELECT id FROM ({matching}) matching {part}"  # noqa: S608  ours
        return [pk for (pk,) in _within(seconds, sql, project, conditions, **values)], None
    sql = f"""
        WITH matching AS MATERIALIZED ({matching})
        SELECT ARRAY(SELECT id FROM matching {part}), (SELECT count(*) FROM matching)
    """  # noqa: S608  ours
    ((ids, total),) = _within(seconds, sql, project, conditions, **values)
    return ids, total


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
