"""Labels get new names, and with them all values that name them. The history keeps the words of its time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from django.db import connection
from django.db.models import Count, Model, Q, QuerySet

from annotate.models import Annotation, Consensus, ConsensusDue, Item, Review, Suggestion
from core.postgres.transactions import atomic
from projects import label_sets, tasktypes
from projects.models import Project

VALUES: list[tuple[type[Model], str]] = [
    (Annotation, "value"),
    (Review, "value"),
    (Consensus, "value"),
    (Consensus, "human_value"),
    (Suggestion, "value"),
    (Item, "gold"),
]
"""Where values are stored that name labels of today."""
_PROBABILITIES: list[tuple[type[Model], str]] = [(Consensus, "belief"), (Suggestion, "proba")]


def labels_in_use(project: Project) -> set[str]:
    """The names of the labels that are somebody's answer, a reviewer's decision, or the gold of an item."""
    values = answered_values(project)
    return {name for value in values for name in tasktypes.labels_named(project.kind, value)} & set(project.label_names)


def answered_values(project: Project) -> Iterator[Any]:
    """The different values of annotations, of reviewers' decisions, and of gold; some come more than once."""
    decisions = project.reviews.exclude(verdict=Review.Decision.SENT_BACK)
    yield from distinct(project.annotations.all(), "value")
    yield from distinct(decisions, "value")
    yield from distinct(project.items.all(), "gold")


@atomic
def rename(project: Project, before: Sequence[str], after: Sequence[str]) -> None:
    """Put `after[i]` wherever `before[i]` stands; swaps are safe, since each value is changed once."""
    names = dict(zip(before, after, strict=True))
    for model, column in VALUES:
        rows = model._default_manager.filter(project=project)
        replace(model._meta.db_table, column, new_values(project, distinct(rows, column), names, after), project)
    if list(before) != list(after):
        project.suggestions.exclude(parts=None).update(parts=None)  # they have the former names
        for model, column in _PROBABILITIES:
            _rename_keys(model._meta.db_table, column, project, names)


@atomic
def forget(project: Project, removed: Iterable[str]) -> None:
    """Delete what models and the consensus, which is made anew, say of labels that were removed."""
    for name in removed:
        named = Q(value__contains=name) | Q(value__contains=[{"label": name}])
        project.suggestions.filter(named).delete()
        project.consensus_rows.filter(named).delete()
        for model, column in _PROBABILITIES:
            _remove_key(model._meta.db_table, column, project, name)


def orphans(project: Project) -> list[tuple[str, Any, int]]:
    """(what has it, value, how often) of values that are none by the present labels, such as a name that is no more."""
    orphaned = []
    for model, column in VALUES:
        rows = model._default_manager.filter(project=project).exclude(**{column: None})
        if model is Review:
            rows = rows.exclude(verdict=Review.Decision.SENT_BACK)
        for value, times in rows.order_by().values_list(column).annotate(times=Count("pk")):
            if value is not None and not project.is_value(value):
                orphaned.append((str(model._meta.verbose_name_plural), value, times))
    return orphaned


@atomic
def repair(project: Project) -> None:
    """Put values under former names of labels under the present ones."""
    label_sets.hold_alone(project.pk)
    project.read_labels_again()
    names = label_sets.former(project.pk, project.label_set)
    for model, column in VALUES:
        rows = model._default_manager.filter(project=project)
        orphaned = [value for value in distinct(rows, column) if not project.is_value(value)]
        pairs = new_values(project, orphaned, names, project.label_names)
        if model is Annotation:
            _have_consensus_made(project, [old for old, _ in pairs])
        replace(model._meta.db_table, column, pairs, project)


def _have_consensus_made(project: Project, values: Sequence[Any]) -> None:
    items = project.annotations.filter(value__in=values).values_list("item", flat=True)
    ConsensusDue.objects.bulk_create(ConsensusDue(item_id=item, project=project) for item in items)


def new_values(
    project: Project, values: Iterable[Any], names: Mapping[str, str], labels: Sequence[str]
) -> list[tuple[Any, Any]]:
    """(value, the same by new names) of those that `names`, {old: new}, changes; `labels` is the new label set."""
    pairs = []
    spec = project.spec.with_labels(labels)
    for value in values:
        try:
            pairs.append((value, label_sets.read(project.kind, value, names, spec)))
        except ValueError:  # not by these names, or no value of this project
            continue
    return [(old, new) for old, new in pairs if old != new]


def replace(table: str, column: str, pairs: Sequence[tuple[Any, Any]], project: Project | None = None) -> None:
    """Put the second of each pair where the first stands: in the rows of a project, or in all of the table."""
    old, new = ([orjson.dumps(pair[side]).decode() for pair in pairs] for side in (0, 1))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {table} t SET {column} = pair.new FROM unnest(%s::jsonb[], %s::jsonb[]) AS pair(old, new)
            WHERE t.{column} = pair.old {"AND t.project_id = %s" if project else ""}
            """,  # noqa: S608  table and column are ours
            [old, new, *([project.pk] if project else [])],
        )


def distinct(rows: QuerySet[Any], column: str) -> Iterator[Any]:
    """The different values in a column of these rows."""
    return rows.exclude(**{column: None}).order_by().values_list(column, flat=True).distinct().iterator()


def _rename_keys(table: str, column: str, project: Project, names: Mapping[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {table} t SET {column} = (
                SELECT jsonb_object_agg(coalesce(name.new, each.key), each.value)
                FROM jsonb_each(t.{column}) each LEFT JOIN unnest(%s::text[], %s::text[]) AS name(old, new)
                ON name.old = each.key
            ) WHERE t.project_id = %s AND jsonb_typeof(t.{column}) = 'object' AND t.{column} <> '{{}}'
            """,  # noqa: S608  table and column are ours
            [list(names), list(names.values()), project.pk],
        )


def _remove_key(table: str, column: str, project: Project, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {column} = {column} - %s WHERE project_id = %s AND {column} ? %s",  # noqa: S608  table and column are ours
            [name, project.pk, name],
        )
