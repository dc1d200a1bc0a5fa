"""The items that something is done with: some by their ids, or all that a search finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from annotate.items.search import Conditions
from projects.models import Project

_TABLE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS selected_items (id bigint PRIMARY KEY, number int) ON COMMIT DELETE ROWS;
    TRUNCATE selected_items
"""
SELECTED = "IN (SELECT id FROM selected_items)"
"""SQL: that an id is one of those that `stage` noted."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Either `ids`, of which those of other projects are passed over, or what meets the `conditions`."""

    conditions: Conditions | None = None
    ids: Sequence[int] = ()

    @property
    def sql(self) -> str:
        """SQL about the item `i`."""
        if self.conditions is None:
            return "i.id = ANY(%(ids)s)"
        return " AND ".join(self.conditions.sql) or "true"

    @property
    def values(self) -> dict[str, Any]:
        """The values that `sql` names."""
        return {"ids": list(self.ids)} if self.conditions is None else self.conditions.values


def stage(cursor: Any, project: Project, selection: Selection) -> int:
    """Note the selected items in the table `selected_items` until the transaction ends; returns how many there are."""
    return stage_where(
        cursor,
        f"SELECT i.id FROM annotate_item i WHERE i.project_id = %(project)s AND {selection.sql}",  # noqa: S608  ours
        project=project.pk,
        **selection.values,
    )


def stage_where(cursor: Any, query: str, before: str = "", **values: Any) -> int:
    """As `stage`, but for the ids that a query of ours finds, after the WITH clause `before`. They are numbered."""
    cursor.execute(_TABLE)
    numbered = f"SELECT id, row_number() OVER (ORDER BY id) FROM ({query}) ids"  # noqa: S608  ours
    cursor.execute(f"{before} INSERT INTO selected_items (id, number) {numbered}", values)
    items: int = cursor.rowcount
    cursor.execute("ANALYZE selected_items")
    return items


@dataclass(frozen=True, slots=True)
class Extent:
    """What an action would touch. `annotators` is how many people the annotations are of."""

    items: int
    annotations: int
    annotators: int
    leases: int


def extent(project: Project, selection: Selection) -> Extent:
    """How much is selected."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH selected AS MATERIALIZED (
                SELECT i.id FROM annotate_item i WHERE i.project_id = %(project)s AND {selection.sql}
            )
            SELECT (SELECT count(*) FROM selected), count(*), count(DISTINCT annotator_id), (
                SELECT count(*) FROM annotate_assignment a
                WHERE a.project_id = %(project)s AND a.status = 'leased' AND a.item_id IN (SELECT id FROM selected)
            )
            FROM annotate_annotation WHERE project_id = %(project)s AND item_id IN (SELECT id FROM selected)
            """,  # noqa: S608  the conditions are ours
            {"project": project.pk, **selection.values},
        )
        return Extent(*cursor.fetchone())
