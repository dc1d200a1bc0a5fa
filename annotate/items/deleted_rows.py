"""Rows of deleted items: moved out of their tables, and put back there.

The rows of a table about fifty items are stored together, as one JSON array. That takes half as long as a row for each
of them.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import JSONField

from annotate.items.selection import SELECTED, stage_where
from annotate.models import DeletedRows, Deletion, Item

ITEMS_TOGETHER = 50
LONG = 100_000  # bytes; longer rows are stored by themselves, since no value of a column has more than a gigabyte


def key(model: Any) -> str:
    """The column of a table that names the item."""
    return "id" if model is Item else "item_id"


def move(cursor: Any, model: Any, deletion: Deletion) -> int:
    """Move the rows of the selected items from a table into `DeletedRows`; returns how many those are."""
    table = model._meta.db_table
    cursor.execute(
        f"""
        WITH deleted AS (
            DELETE FROM {table} t USING selected_items s WHERE t.{key(model)} = s.id
            RETURNING s.number, row_to_json(t)::text AS row
        ),
        stored AS (
            INSERT INTO annotate_deletedrows (deletion_id, project_id, "table", rows)
            SELECT %(deletion)s, %(project)s, %(table)s, '[' || string_agg(row, ',') || ']' FROM deleted
            GROUP BY number / %(together)s, CASE WHEN octet_length(row) > %(long)s THEN number END
            ORDER BY min(number)
        )
        SELECT count(*) FROM deleted
        """,  # noqa: S608  ours
        {
            "together": ITEMS_TOGETHER,
            "long": LONG,
            "deletion": deletion.pk,
            "project": deletion.project_id,
            "table": table,
        },
    )
    (rows,) = cursor.fetchone()
    return int(rows)


def put_items_back(cursor: Any, deletion: Deletion) -> int:
    """Put the items back whose names nobody took meanwhile, and stage them; returns how many those are."""
    return stage_where(
        cursor,
        "SELECT id FROM restored",
        f"WITH restored AS ({_insert(Item)} WHERE {_NOT_TAKEN} RETURNING id)",
        deletion=deletion.pk,
    )


_NOT_TAKEN = """
    NOT EXISTS (SELECT FROM annotate_item i WHERE i.project_id = r.project_id AND i.external_id = r.external_id)
"""


def put_back(cursor: Any, model: Any, deletion: Deletion, fields: Sequence[Any]) -> list[set[int]]:
    """Put the rows of the staged items back into their table; returns the values that each of these fields has."""
    values = ", ".join(f'array_agg(DISTINCT "{field.column}")' for field in fields) or "count(*)"
    cursor.execute(
        f"WITH restored AS ({_insert(model)} WHERE r.item_id {SELECTED} RETURNING *) SELECT {values} FROM restored",  # noqa: S608  ours
        {"deletion": deletion.pk},
    )
    return [set(values or []) - {None} for values in cursor.fetchone()[: len(fields)]]


def _insert(model: Any) -> str:
    """SQL: insert what the deleted rows `r` of a table hold."""
    stored = [field for field in model._meta.local_concrete_fields if not field.generated]
    names = ", ".join(f'"{field.column}"' for field in stored)
    values = ", ".join(_value(field) for field in stored)
    return f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} FROM {rows_of(model)} r"  # noqa: S608  ours


def rows_of(model: Any) -> str:
    """SQL: the rows of a table that %(deletion)s deleted."""
    table = model._meta.db_table
    return f"""(
        SELECT r.* FROM annotate_deletedrows d, json_populate_recordset(NULL::{table}, d.rows::json) r
        WHERE d.deletion_id = %(deletion)s AND d."table" = '{table}'
    )"""  # noqa: S608  ours


def tables(deletion: Deletion) -> set[str]:
    """The tables of which it deleted rows."""
    return set(DeletedRows.objects.filter(deletion=deletion).values_list("table", flat=True).distinct())


def _value(field: Any) -> str:
    """A JSON null within JSON is taken for no value at all."""
    column = f'r."{field.column}"'
    return f"coalesce({column}, 'null')" if isinstance(field, JSONField) and not field.null else column
