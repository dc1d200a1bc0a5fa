"""The order of the queue: the learner's, published as a band, and the urgent items that people set."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import ArrayLike

from annotate.models import Band, Cursor, QueueState
from annotate.queue.locks import lock_entries
from core.postgres import copy
from core.postgres.transactions import atomic
from projects.models import Project

URGENT = -1e12  # priority 1 gets rank URGENT + 1: below zero, and exact
HIGHEST = 1e9  # of the priorities: their ranks are exact so far
NATURAL_RANK = """
    CASE p."order" WHEN 'shuffled' THEN (hashint8extended(q.item_id, q.project_id) & 4503599627370495)::float8
    ELSE q.item_id::float8 END
"""


def priority_of(rank: float) -> float | None:
    """The number that a manager gave an item of this rank, 1 being first; None where nobody did."""
    return rank - URGENT if rank < 0 else None


@dataclass(frozen=True, slots=True)
class Priority:
    """`priority` 1 is first; `votes_wanted` None leaves the number as it is."""

    item_id: int
    priority: float | None
    votes_wanted: int | None = None


@atomic
def publish(project: Project, item_ids: Sequence[int] | np.ndarray) -> int:
    """Put a new order in force: these items first, in this order. Returns its generation.

    The band is copied in beside the old one and a pointer is flipped; nobody waits, and no half of it is ever seen.
    Items that were deleted meanwhile are passed over: who deletes items holds the same lock.
    """
    state, _ = QueueState.objects.select_for_update().get_or_create(project=project)
    generation, item_ids = state.generation + 1, _still_there(np.asarray(item_ids, dtype=np.int64))
    columns: dict[str, tuple[str, ArrayLike]] = {
        "project_id": (">i8", project.pk),
        "generation": (">i4", generation),
        "rank": (">i4", np.arange(len(item_ids))),
        "item_id": (">i8", item_ids),
    }
    copy.append("annotate_band", columns)
    state.generation = generation
    state.save(update_fields=["generation"])
    Band.objects.filter(project=project, generation__lt=generation)._raw_delete("default")
    return generation


def _still_there(item_ids: np.ndarray) -> np.ndarray:
    with connection.cursor() as cursor:
        cursor.execute("SELECT item_id FROM annotate_queueentry WHERE item_id = ANY(%s)", [item_ids.tolist()])
        present = np.array([pk for (pk,) in cursor.fetchall()], dtype=np.int64)
    return item_ids[np.isin(item_ids, present)]


@atomic
def set_urgent(project: Project, priorities: Iterable[Priority]) -> int:
    """Give items a priority and a number of wanted votes; returns how many there were. Never below what is taken."""
    rows = list(priorities)
    items = [row.item_id for row in rows]
    with connection.cursor() as cursor:
        lock_entries(cursor, project.pk, "q.item_id = ANY(%(items)s)", items=items)
        cursor.execute(
            """
            UPDATE annotate_queueentry q
            SET rank = coalesce(%s + new.priority, q.rank), wanted = greatest(coalesce(new.wanted, q.wanted), q.taken)
            FROM unnest(%s::bigint[], %s::float8[], %s::int[]) AS new(item_id, priority, wanted)
            WHERE q.item_id = new.item_id AND q.project_id = %s
            """,
            [URGENT, items, [row.priority for row in rows], [row.votes_wanted for row in rows], project.pk],
        )
        changed = cursor.rowcount
    look_again(project)
    return changed


@atomic
def clear_urgent(project: Project, item_ids: Iterable[int] | None = None) -> int:
    """Put urgent items back to where they stood by the project's own order; all of them unless `item_ids` are given."""
    if item_ids is None:
        changed = _rank_naturally(project, "q.rank < 0")
    else:
        changed = _rank_naturally(project, "q.rank < 0 AND q.item_id = ANY(%(items)s)", items=list(item_ids))
    look_again(project)
    return changed


@atomic
def reorder(project: Project) -> None:
    """Rank everything but the urgent items afresh, after the project's order was changed."""
    _rank_naturally(project, "q.rank >= 0")
    look_again(project)


def _rank_naturally(project: Project, condition: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        lock_entries(cursor, project.pk, condition, **values)
        cursor.execute(
            f"""
            UPDATE annotate_queueentry q SET rank = {NATURAL_RANK}
            FROM projects_project p WHERE p.id = q.project_id AND q.project_id = %(project)s AND {condition}
            """,  # noqa: S608  the condition is one of ours
            {"project": project.pk, **values},
        )
        return cursor.rowcount


@atomic
def want_votes(project: Project, votes_wanted: int) -> None:
    """Ask for so many people per item from now on; an item that has more keeps them."""
    changed = "q.wanted <> greatest(%(wanted)s, q.taken)"
    with connection.cursor() as cursor:
        lock_entries(cursor, project.pk, changed, wanted=votes_wanted)
        cursor.execute(
            f"""
            UPDATE annotate_queueentry q SET wanted = greatest(%(wanted)s, q.taken)
            WHERE q.project_id = %(project)s AND {changed}
            """,  # noqa: S608  the condition is ours
            {"project": project.pk, "wanted": votes_wanted},
        )
    look_again(project)


@atomic
def want_at_least(project: Project, item_ids: np.ndarray, votes: int) -> int:
    """Have no fewer votes wanted of these items; returns how many wanted fewer."""
    return _set_wanted(project, item_ids, "%(votes)s", "q.wanted < %(votes)s", votes=votes)


@atomic
def want_one_more(project: Project, item_ids: np.ndarray, most: int) -> int:
    """Have one more vote wanted of those of these items whose places are all taken, and never more than `most`."""
    return _set_wanted(project, item_ids, "q.wanted + 1", "q.taken = q.wanted AND q.wanted < %(most)s", most=most)


@atomic
def settle_votes(project: Project, item_ids: np.ndarray) -> int:
    """Have no more votes wanted of these items than are taken; at least one stays wanted."""
    return _set_wanted(project, item_ids, "greatest(q.taken, 1)", "q.wanted > greatest(q.taken, 1)")


@atomic
def prefer(project: Project, item_ids: np.ndarray, people: Sequence[Sequence[int] | None]) -> None:
    """Have these items, each once, go first to these people; None: to anybody."""
    items = {int(item): preferred for item, preferred in zip(item_ids, people, strict=True)}
    with connection.cursor() as cursor:
        lock_entries(cursor, project.pk, "q.item_id = ANY(%(items)s)", items=list(items))
        cursor.execute(
            """
            UPDATE annotate_queueentry q SET preferred = p.people::bigint[]
            FROM unnest(%(items)s::bigint[], %(people)s::text[]) AS p(item_id, people)
            WHERE q.item_id = p.item_id AND q.project_id = %(project)s
            """,
            {"items": list(items), "people": [_array(each) for each in items.values()], "project": project.pk},
        )


def _array(numbers: Sequence[int] | None) -> str | None:
    """As PostgreSQL writes an array: rows of several lengths make none of two dimensions."""
    return None if numbers is None else f"{{{','.join(map(str, numbers))}}}"


def _set_wanted(project: Project, item_ids: np.ndarray, wanted: str, changed: str, **values: int) -> int:
    """Both conditions are SQL of ours. Locks are taken by the item, as everywhere."""
    if not len(item_ids):
        return 0
    condition = f"q.item_id = ANY(%(items)s) AND {changed}"
    parameters: dict[str, Any] = {"items": [int(item) for item in item_ids], **values}
    with connection.cursor() as cursor:
        lock_entries(cursor, project.pk, condition, **parameters)
        cursor.execute(
            f"UPDATE annotate_queueentry q SET wanted = {wanted} WHERE q.project_id = %(project)s AND {condition}",  # noqa: S608
            {"project": project.pk, **parameters},
        )
        changed_rows = cursor.rowcount
    look_again(project)
    return changed_rows


def look_again(project: Project) -> None:
    """Let everybody's next search start at the head of the queue, because something changed there."""
    Cursor.objects.filter(project=project).delete()
