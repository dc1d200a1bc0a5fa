"""What managers do with many items at once. Each is a few statements, however many items there are.

Locks are taken in the order of `queue.sql`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count

from accounts.models import User
from annotate.items.selection import SELECTED, Selection, stage
from annotate.models import Assignment, Flag
from annotate.queue.leasing import MOST_AT_ONCE
from annotate.queue.locks import lock_entries
from annotate.queue.ordering import NATURAL_RANK, URGENT, look_again
from core.postgres.transactions import atomic
from projects.models import Project

LONGEST_DAYS = 7


@dataclass(frozen=True, slots=True)
class Outcome:
    """`items` were selected, `changed` of them changed."""

    items: int
    changed: int


ACTIONS = ("votes_wanted", "priority", "flag", "unflag", "assign", "reopen")


def perform(project: Project, selection: Selection, by: User, action: str, values: dict[str, Any]) -> Outcome:
    """One of ACTIONS. `values` has what it needs: `votes_wanted`; `priority`; `people`, users, and `days`."""
    match action:
        case "votes_wanted":
            return want_votes(project, selection, values["votes_wanted"])
        case "priority":
            return set_priority(project, selection, values["priority"])
        case "assign":
            return assign(project, selection, values["people"], values["days"])
        case "flag":
            return flag(project, selection, by)
        case "unflag":
            return unflag(project, selection)
        case "reopen":
            return reopen(project, selection)
    raise KeyError(f"nothing is done by {action!r}; it can be {', '.join(ACTIONS)}")


@atomic
def want_votes(project: Project, selection: Selection, votes: int) -> Outcome:
    """Have so many people annotate each; an item that more have annotated or hold keeps them."""
    wanted = "greatest(%(votes)s, q.taken)"
    return _update_entries(project, selection, f"wanted = {wanted}", f"q.wanted <> {wanted}", votes=votes)


@atomic
def set_priority(project: Project, selection: Selection, priority: float | None) -> Outcome:
    """Put items first, 1 before 2, in the order of import where they share a priority; None takes it back."""
    if priority is None:
        return _update_entries(project, selection, f"rank = {NATURAL_RANK}", "q.rank < 0")
    rank = URGENT + priority
    return _update_entries(project, selection, "rank = %(rank)s", "q.rank <> %(rank)s", rank=rank)


@atomic
def reopen(project: Project, selection: Selection) -> Outcome:
    """Have one more person annotate each item that has all its votes; who skipped any of the items may get it again."""
    with connection.cursor() as cursor:
        items = stage(cursor, project, selection)
        lock_entries(cursor, project.pk, f"q.item_id {SELECTED}")
        cursor.execute(
            f"""
            WITH full_items AS (
                UPDATE annotate_queueentry SET wanted = wanted + 1
                WHERE item_id {SELECTED} AND NOT open AND wanted < 100 RETURNING item_id
            ), skipped AS (
                UPDATE annotate_assignment SET status = 'released', reason = ''
                WHERE item_id {SELECTED} AND status = 'skipped' RETURNING item_id
            )
            SELECT count(*) FROM (SELECT item_id FROM full_items UNION SELECT item_id FROM skipped) changed
            """  # noqa: S608  ours
        )
        (changed,) = cursor.fetchone()
    look_again(project)
    return Outcome(items, changed)


@atomic
def flag(project: Project, selection: Selection, by: User) -> Outcome:
    """Flag items, so that a reviewer looks at them."""
    with connection.cursor() as cursor:
        items = stage(cursor, project, selection)
        cursor.execute(
            """
            INSERT INTO annotate_flag (item_id, raised_by_id, created_at)
            SELECT i.id, %s, now() FROM annotate_item i JOIN selected_items USING (id) ORDER BY i.id FOR KEY SHARE OF i
            ON CONFLICT (item_id, raised_by_id) DO NOTHING
            """,
            [by.pk],
        )
        return Outcome(items, cursor.rowcount)


@atomic
def unflag(project: Project, selection: Selection) -> Outcome:
    """Take the flags of everybody from items."""
    with connection.cursor() as cursor:
        items = stage(cursor, project, selection)
        cursor.execute(
            f"WITH lowered AS (DELETE FROM {Flag._meta.db_table} WHERE item_id {SELECTED} RETURNING item_id) "  # noqa: S608
            "SELECT count(DISTINCT item_id) FROM lowered"
        )
        return Outcome(items, cursor.fetchone()[0])


@atomic
def assign(project: Project, selection: Selection, people: Sequence[User], days: int) -> Outcome:
    """Lease items to these people, one to each in turn, for so many days; their next items are these.

    Nobody gets what they have answered or hold, and nobody holds more than MOST_AT_ONCE items: what remains is not
    assigned. An item whose places are all taken wants one more vote.
    """
    with connection.cursor() as cursor:
        items = stage(cursor, project, selection)
        room = _room(project, people)
        candidates = _free_for(cursor, project, [user.pk for user in people], sum(room.values()))
        pairs = _dealt(candidates, room)
        _lease(cursor, project, pairs, days)
    look_again(project)
    return Outcome(items, len(pairs))


def _update_entries(project: Project, selection: Selection, change: str, differs: str, **values: Any) -> Outcome:
    """`change`, which may name the project `p`, and `differs` are SQL of ours about the queue entry `q`."""
    condition = f"q.item_id {SELECTED} AND {differs}"
    with connection.cursor() as cursor:
        items = stage(cursor, project, selection)
        lock_entries(cursor, project.pk, condition, **values)
        cursor.execute(
            f"UPDATE annotate_queueentry q SET {change} FROM projects_project p "  # noqa: S608
            f"WHERE p.id = q.project_id AND q.project_id = %(project)s AND {condition}",
            {"project": project.pk, **values},
        )
        changed: int = cursor.rowcount
    look_again(project)
    return Outcome(items, changed)


def _room(project: Project, people: Sequence[User]) -> dict[int, int]:
    """{person: how many more leases they may hold here}."""
    live = Assignment.objects.live().filter(project=project, annotator__in=people).order_by()
    held = dict(live.values("annotator").annotate(n=Count("*")).values_list("annotator", "n"))
    return {user.pk: max(0, MOST_AT_ONCE - held.get(user.pk, 0)) for user in people}


_FREE = """
    SELECT s.id, array_agg(p.id) AS people FROM selected_items s CROSS JOIN unnest(%(people)s::bigint[]) AS p(id)
    WHERE NOT EXISTS (
        SELECT FROM annotate_assignment a
        WHERE a.item_id = s.id AND a.annotator_id = p.id AND a.status IN ('leased', 'submitted')
    ) GROUP BY s.id ORDER BY s.id LIMIT {most}
"""


def _free_for(cursor: Any, project: Project, people: list[int], most: int) -> list[tuple[int, list[int]]]:
    """(item, who neither answered nor holds it) of the first of the selected items; these are locked."""
    free = _FREE.format(most=int(most))
    lock_entries(cursor, project.pk, f"q.item_id IN (SELECT id FROM ({free}) free)", people=people)  # noqa: S608
    cursor.execute(free, {"people": people})
    return list(cursor.fetchall())


def _dealt(candidates: Sequence[tuple[int, list[int]]], room: dict[int, int]) -> list[tuple[int, int]]:
    """(item, person): each item to whoever of those that may have it has most room."""
    pairs = []
    for item, people in candidates:
        person = max(people, key=lambda pk: room[pk])
        if room[person]:
            room[person] -= 1
            pairs.append((item, person))
    return pairs


def _lease(cursor: Any, project: Project, pairs: Sequence[tuple[int, int]], days: int) -> None:
    columns = [[pair[side] for pair in pairs] for side in (0, 1)]
    cursor.execute(
        "UPDATE annotate_queueentry SET taken = taken + 1, wanted = greatest(wanted, taken + 1) "
        "WHERE item_id = ANY(%s) AND project_id = %s",
        [columns[0], project.pk],
    )
    cursor.execute(
        """
        INSERT INTO annotate_assignment (project_id, item_id, annotator_id, status, leased_at, expires_at, reason,
                                         assigned)
        SELECT %s, item, person, 'leased', now(), now() + %s * interval '1 day', '', true
        FROM unnest(%s::bigint[], %s::bigint[]) AS pair(item, person) ORDER BY item
        ON CONFLICT (item_id, annotator_id) DO UPDATE
        SET status = 'leased', leased_at = excluded.leased_at, expires_at = excluded.expires_at, reason = '',
            assigned = true
        """,
        [project.pk, days, *columns],
    )
