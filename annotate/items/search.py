"""Finding items of a project by words, state, label and person: page by page, and never longer than a moment.

The items are walked along their ids, a stretch at a time, until the page is full or the time is up; then the page
says so and one can go on from there. So the cost of a search does not grow with the project.
"""

import time
from dataclasses import dataclass, replace
from typing import Any

import orjson
from django.db import connection
from django.db.models import Count, Exists, Max, OuterRef, QuerySet

from annotate.models import Flag, Item
from annotate.queue.done import is_done, item_is_done
from projects.models import Project

PAGE = 50
STRETCH = 20_000
LONGEST = 160_000  # a stretch in which nothing was found is followed by a longer one
SECONDS = 1.5

STATES = {
    "not_started": "Not started",
    "open": "Not done",
    "done": "Done",
    "disputed": "Disputed",
    "flagged": "Flagged",
    "reviewed": "Reviewed",
    "gold": "Gold",
}
STATE_NAMES = list(STATES)
_STATES = {
    "not_started": "EXISTS (SELECT FROM annotate_queueentry q WHERE q.item_id = i.id AND q.taken = 0)",
    "open": f"NOT {is_done('i.id')}",
    "done": is_done("i.id"),
    "disputed": "EXISTS (SELECT FROM annotate_consensus c WHERE c.item_id = i.id AND c.dispute > 0 AND NOT c.settled)",
    "flagged": "EXISTS (SELECT FROM annotate_flag f WHERE f.item_id = i.id)",
    "reviewed": "EXISTS (SELECT FROM annotate_consensus c WHERE c.item_id = i.id AND c.settled)",
    "gold": "i.gold IS NOT NULL",
}
_SHOWN_WORDS = "(i.text ILIKE %(words)s OR i.data::text ILIKE %(words)s)"
_WORDS = f"(i.external_id ILIKE %(words)s OR {_SHOWN_WORDS})"
_OWN_LABEL = """
    EXISTS (
        SELECT FROM annotate_annotation n
        WHERE n.item_id = i.id AND n.annotator_id = %(reader)s AND n.value @> %(label)s::jsonb
    )
"""
_LABEL = """
    (
        EXISTS (SELECT FROM annotate_consensus c WHERE c.item_id = i.id AND c.value @> %(label)s::jsonb)
        OR EXISTS (SELECT FROM annotate_annotation n WHERE n.item_id = i.id AND n.value @> %(label)s::jsonb)
    )
"""
_NOT_BY = "NOT EXISTS (SELECT FROM annotate_annotation n WHERE n.item_id = i.id AND n.annotator_id = %(not_by)s)"
_PREDICTED = """
    EXISTS (
        SELECT FROM annotate_prediction p JOIN projects_label l ON l.id = p.label_id
        WHERE p.item_id = i.id AND l.name = %(predicted)s
    )
"""
_BELOW = "EXISTS (SELECT FROM annotate_prediction p WHERE p.item_id = i.id AND p.probability < %(below)s)"
_PERSON = "EXISTS (SELECT FROM annotate_annotation n WHERE n.item_id = i.id AND n.annotator_id = %(person)s)"


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which items a search is for; empty conditions don't narrow it.

    `words` stand in what the item shows or, with `names`, in its external_id. `label` is that of the consensus or of an
    annotation; of the annotations of `reader` alone, where one is given. `person` annotated it, `not_by` did
    not. The newest round predicts the label `predicted` of it, with a confidence `below` this.
    """

    words: str = ""
    state: str = ""
    label: str = ""
    person: int | None = None
    names: bool = True
    reader: int | None = None
    not_by: int | None = None
    predicted: str = ""
    below: float | None = None

    @property
    def sql(self) -> list[str]:
        """SQL about the item `i`."""
        words = _WORDS if self.names else _SHOWN_WORDS
        label = _LABEL if self.reader is None else _OWN_LABEL
        parts = [
            (self.words, words),
            (self.label, label),
            (self.person, _PERSON),
            (self.not_by, _NOT_BY),
            (self.predicted, _PREDICTED),
            (self.below is not None, _BELOW),
        ]
        return [condition for part, condition in parts if part] + ([_STATES[self.state]] if self.state else [])

    @property
    def values(self) -> dict[str, Any]:
        """The values that `sql` names."""
        return {
            "words": f"%{_literally(self.words)}%",
            "label": orjson.dumps(self.label).decode(),
            "person": self.person,
            "reader": self.reader,
            "not_by": self.not_by,
            "predicted": self.predicted,
            "below": self.below,
        }


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of items with their consensus and place in the queue loaded, `has_flag` and `is_done` noted.

    `after` is where the next page begins, None at the end; `cut_short` says that the time was up before the page was
    full. `total` is how many match, where the same look at the items told it.
    """

    items: list[Item]
    after: int | None
    cut_short: bool
    total: int | None = None


def find_name_first(
    project: Project, items: QuerySet[Item], conditions: Conditions, after: int = 0, seconds: float = SECONDS
) -> SearchPage:
    """As `find`, but that the item of exactly the name in the words comes first, however far it is."""
    return with_name_first(project, items, conditions, after, find(project, items, conditions, after, seconds=seconds))


def with_name_first(
    project: Project, items: QuerySet[Item], conditions: Conditions, after: int, result: SearchPage
) -> SearchPage:
    """The first page, and the item of exactly the name in the words before all others."""
    if after or conditions.sql != [_WORDS]:
        return result
    exact = Item.objects.filter(project=project, external_id=conditions.words).values_list("pk", flat=True)
    others = [item for item in result.items if item.external_id != conditions.words]
    return replace(result, items=load(items, list(exact)) + others)


def find(
    project: Project,
    items: QuerySet[Item],
    conditions: Conditions,
    after: int = 0,
    page: int = PAGE,
    seconds: float = SECONDS,
) -> SearchPage:
    """The items after `after` that meet the conditions, in the order of import.

    `items` are the project's with a fresh consensus (`consensus.items`), or without one.
    """
    ids: list[int] = []
    deadline, end = time.monotonic() + seconds, after
    stretch = STRETCH if conditions.sql else page + 1
    while len(ids) <= page:
        start, (end, is_last) = end, _end_of_stretch(project, end, stretch)
        more = _ids(project, conditions, start, end, page + 1 - len(ids))
        stretch = stretch if more else min(2 * stretch, LONGEST)
        ids += more
        if is_last and len(ids) <= page:
            return SearchPage(load(items, ids), None, False)
        if len(ids) <= page and time.monotonic() > deadline:
            return SearchPage(load(items, ids), end, True)
    return SearchPage(load(items, ids[:page]), ids[page - 1], False)


def _end_of_stretch(project: Project, start: int, length: int) -> tuple[int, bool]:
    """The last of the next so many ids, or `start` when there is none; and whether no more come after it."""
    ids = Item.objects.filter(project=project, id__gt=start).order_by("id").values("id")[:length]
    row = ids.aggregate(last=Max("id"), n=Count("*"))
    return (start if row["last"] is None else row["last"]), row["n"] < length


def _ids(project: Project, conditions: Conditions, start: int, end: int, limit: int) -> list[int]:
    clauses = "".join(f" AND {condition}" for condition in conditions.sql)
    values = {"project": project.pk, "start": start, "end": end, "limit": limit, **conditions.values}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT i.id FROM annotate_item i
            WHERE i.project_id = %(project)s AND i.id > %(start)s AND i.id <= %(end)s {clauses}
            ORDER BY i.id LIMIT %(limit)s
            """,  # noqa: S608  the conditions are ours
            values,
        )
        return [pk for (pk,) in cursor.fetchall()]


def _literally(words: str) -> str:
    """For LIKE, so that % and _ mean themselves."""
    return words.replace("\0", "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def load(items: QuerySet[Item], ids: list[int]) -> list[Item]:
    """These items as the list shows them, in this order."""
    has_flag = Exists(Flag.objects.filter(item=OuterRef("pk")))
    by_id = items.select_related("queueentry").annotate(has_flag=has_flag, is_done=item_is_done()).in_bulk(ids)
    return [by_id[pk] for pk in ids if pk in by_id]
