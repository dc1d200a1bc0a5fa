"""A chunk into the database: COPY into a staging table, from there upserted on (project, external_id).

One transaction a chunk, so an import that is killed can simply be sent again. Imports into one project take turns
chunk by chunk; people who label meanwhile never wait for more than an item's own row. Locks are taken in the
order of `queue.sql`: label set, queue entries, assignments, annotations.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from django.db import IntegrityError, connection, transaction

from annotate.imports import annotators
from annotate.imports.chunks import Chunk
from annotate.items import label_changes
from annotate.queue.locks import lock_imports
from annotate.queue.ordering import NATURAL_RANK
from annotate_kit.formats.readers import Unreadable
from core.postgres import copy
from core.postgres.foreign_keys import without_foreign_key_checks
from core.postgres.sql_files import blocks
from core.postgres.transactions import atomic
from projects import label_sets
from projects.label_sets import LabelSet
from projects.models import Project

_SQL = blocks(Path(__file__).with_name("store.sql"))
_CREATE = _SQL["create"].replace("{natural_rank}", NATURAL_RANK)
# A fifth quicker; an IntegrityError when one of them is there already.
_CREATE_NEW = _CREATE.replace("ON CONFLICT (project_id, external_id) DO NOTHING", "")

_ROWS = {
    "external_id": "text", "text": "text", "image": "text", "data": "jsonb", "fields": "jsonb", "meta": "jsonb",
    "gold": "jsonb", "wanted": "smallint", "digest": "bytea", "width": "integer", "height": "integer",
}  # fmt: skip
_ANNOTATIONS = {
    "external_id": "text", "digest": "bytea", "annotator_id": "bigint", "value": "jsonb", "seconds": "float8",
}  # fmt: skip


class LabelsChanged(Unreadable):
    """A label that the chunk names was removed since the chunk was checked."""


@dataclass(frozen=True, slots=True)
class Stored:
    """`labels_version` is that of the label set by whose names it is stored."""

    created: int
    updated: int
    labels_version: int
    annotators_created: int


@atomic
def store(project: Project, chunk: Chunk, *, by_id: int | None = None, seem_new: bool = False) -> Stored:
    """Put a chunk's items in, with their places in the queue and the annotations given with them.

    What is there already with the same content stays untouched, and so do the annotations given with it. `seem_new`
    is a guess, for speed: that none of them is there.
    """
    values: dict[str, Any] = {"project": project.pk, "by": by_id}
    with connection.cursor() as cursor:
        _hold(cursor, project)
        labels = label_sets.hold(project.pk)
        _stage(cursor, chunk)
        people = annotators.create(cursor, project, chunk.new_annotators) if chunk.new_annotators else 0
        if labels.version != chunk.labels_version:
            _rename(project, chunk, labels)
        if chunk.annotations:
            cursor.execute(_SQL["by_index"] + _SQL["forget_unchanged"] + _SQL["as_it_likes"], values)
        created = _create(cursor, values, seem_new)
        cursor.execute(_SQL["by_index"])
        updated = _count(cursor, _SQL["change"], values) if created < chunk.size else 0
        if chunk.annotations:
            cursor.execute(_SQL["annotate"], values)
    return Stored(created, updated, labels.version, people)


def _hold(cursor: Any, project: Project) -> None:
    """Keep the project from being deleted, and other imports into it from storing, until the transaction ends."""
    lock_imports(cursor, project.pk)
    cursor.execute("SELECT FROM projects_project WHERE id = %s FOR KEY SHARE", [project.pk])
    if not cursor.rowcount:
        raise Project.DoesNotExist("The project was deleted while the import ran.")


def _stage(cursor: Any, chunk: Chunk) -> None:
    copy.stage(cursor, "import_rows", _ROWS, chunk.items, more="changed_item bigint")
    ids = "item_id bigint, has_place boolean, annotation_id bigint"
    copy.stage(cursor, "import_annotations", _ANNOTATIONS, chunk.annotations, more=ids)
    cursor.execute(_SQL["index"])


def _rename(project: Project, chunk: Chunk, labels: LabelSet) -> None:
    """Put what is staged under the names that labels have now: they were renamed while the chunk was on its way."""
    names = label_sets.since(project.pk, chunk.labels_version, labels)
    spec = project.spec.with_labels(labels.names)
    for table, column in [("import_rows", "gold"), ("import_annotations", "value")]:
        try:
            pairs = [(old, label_sets.read(project.kind, old, names, spec)) for old in _distinct(table, column)]
        except ValueError as error:
            raise LabelsChanged(f"the labels were changed while the file was imported: {error}") from None
        label_changes.replace(table, column, pairs)


def _distinct(table: str, column: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT {column}::text FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608  ours
        return [orjson.loads(text) for (text,) in cursor.fetchall()]


def _create(cursor: Any, values: dict[str, Any], seem_new: bool) -> int:
    with without_foreign_key_checks(cursor):
        created = _create_new(cursor, values) if seem_new else None
        return _count(cursor, _CREATE, values) if created is None else created


def _create_new(cursor: Any, values: dict[str, Any]) -> int | None:
    """Create the items if none of them is there; None, and nothing is done, if one is."""
    try:
        with transaction.atomic():
            return _count(cursor, _CREATE_NEW, values)
    except IntegrityError:
        return None


def _count(cursor: Any, sql: str, values: dict[str, Any]) -> int:
    cursor.execute(sql, values)
    return cursor.fetchone()[0]
