"""Labels get new names, and with them all that was said about items. The history keeps the words of its time."""

from collections.abc import Sequence

import orjson
from django.db import connection, transaction
from django.db.models import QuerySet

from annotate.models import Annotation, Consensus, Item, Review, Suggestion
from projects.models import Project

_VALUES = [(Annotation, "value"), (Review, "value"), (Consensus, "value"), (Suggestion, "value"), (Item, "gold")]
_BELIEFS = [(Consensus, "belief"), (Suggestion, "proba")]


def labels_in_use(project: Project) -> set[str]:
    """The names of the labels that somebody answered with, or that are the gold of an item."""
    names = project.label_names
    values = [*_distinct(project.annotations.all(), "value"), *_distinct(project.items.all(), "gold")]
    return {names[place] for value in values for place in _votes(project, value, names)}


@transaction.atomic
def rename(project: Project, before: Sequence[str], after: Sequence[str]) -> None:
    """Put `after[i]` wherever `before[i]` was said; swaps are safe, since each value is changed once."""
    for model, column in _VALUES:
        values = _distinct(model._default_manager.filter(project=project), column)
        pairs = [
            (value, project.kind.value(_votes(project, value, before), after))
            for value in values
            if _votes(project, value, before)
        ]
        _replace(model._meta.db_table, column, project, pairs)
    for model, column in _BELIEFS:
        _rename_keys(model._meta.db_table, column, project, before, after)


def _distinct(rows: QuerySet, column: str) -> list:
    return list(rows.exclude(**{column: None}).order_by().values_list(column, flat=True).distinct())


def _votes(project: Project, value: object, names: Sequence[str]) -> list[int]:
    """The positions of the labels in a value; none when it is no value of this project (gold may be anything)."""
    try:
        return project.kind.votes(project.kind.clean(value, names), names)
    except ValueError:
        return []


def _replace(table: str, column: str, project: Project, pairs: list[tuple]) -> None:
    old, new = ([orjson.dumps(pair[side]).decode() for pair in pairs] for side in (0, 1))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {table} t SET {column} = pair.new FROM unnest(%s::jsonb[], %s::jsonb[]) AS pair(old, new)
            WHERE t.project_id = %s AND t.{column} = pair.old AND pair.old <> pair.new
            """,  # noqa: S608  table and column are ours
            [old, new, project.pk],
        )


def _rename_keys(table: str, column: str, project: Project, before: Sequence[str], after: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {table} t SET {column} = (
                SELECT jsonb_object_agg(coalesce(name.new, each.key), each.value)
                FROM jsonb_each(t.{column}) each LEFT JOIN unnest(%s::text[], %s::text[]) AS name(old, new)
                ON name.old = each.key
            ) WHERE t.project_id = %s AND jsonb_typeof(t.{column}) = 'object' AND t.{column} <> '{{}}'
            """,  # noqa: S608  table and column are ours
            [list(before), list(after), project.pk],
        )
