"""A chunk into the database: COPY into a staging table, from there upserted on (project, external_id).

One transaction a chunk, so an import that is killed can simply be sent again. Imports into one project take turns
chunk by chunk; people who label meanwhile never wait for more than an item's own row. Locks are taken in the
order of `queue.sql`: label set, queue entries, assignments, annotations.
"""

import io
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from django.db import IntegrityError, connection, transaction

from annotate.imports import annotators
from annotate.imports.chunks import Chunk
from annotate.items import label_changes
from annotate.queue.locks import lock_imports
from annotate.queue.ordering import NATURAL_RANK
from annotate_kit.formats.readers import Unreadable
from core.postgres.foreign_keys import without_foreign_key_checks
from core.postgres.transactions import atomic
from projects import label_sets
from projects.label_sets import LabelSet
from projects.models import Project

_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS import_rows (
        external_id text, text text, image text, data jsonb, fields jsonb, meta jsonb, gold jsonb, wanted smallint,
        digest bytea, width integer, height integer, changed_item bigint
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS import_annotations (
        external_id text, digest bytea, annotator_id bigint, value jsonb, seconds float8,
        item_id bigint, has_place boolean, annotation_id bigint
    ) ON COMMIT DELETE ROWS;
    CREATE INDEX IF NOT EXISTS import_rows_changed ON import_rows (changed_item) WHERE changed_item IS NOT NULL;
    CREATE INDEX IF NOT EXISTS import_annotations_item ON import_annotations (item_id) WHERE item_id IS NOT NULL;
    CREATE INDEX IF NOT EXISTS import_annotations_known ON import_annotations (annotation_id)
        WHERE annotation_id IS NOT NULL;
    TRUNCATE import_rows, import_annotations;
"""
_COPY_ITEMS = """
    COPY import_rows (external_id, text, image, data, fields, meta, gold, wanted, digest, width, height)
    FROM STDIN (FORMAT csv)
"""
_COPY_ANNOTATIONS = """
    COPY import_annotations (external_id, digest, annotator_id, value, seconds) FROM STDIN (FORMAT csv)
"""
_COPIED_AT_ONCE = 2**18

_ONCE = "ON CONFLICT (project_id, external_id) DO NOTHING"
_CREATE = f"""
    WITH put AS (
        INSERT INTO annotate_item (project_id, external_id, text, image, width, height, data, fields, meta, gold,
            digest, created_at)
        SELECT %(project)s, external_id, text, image, width, height, data, fields, coalesce(meta, '{{}}'), gold,
            digest, now()
        FROM import_rows
        {_ONCE}
        RETURNING id AS item_id, project_id, external_id
    ), queued AS (
        INSERT INTO annotate_queueentry (item_id, project_id, rank, wanted, taken)
        SELECT q.item_id, q.project_id, {NATURAL_RANK}, coalesce(r.wanted, p.votes_wanted), 0
        FROM put q JOIN import_rows r USING (external_id) JOIN projects_project p ON p.id = q.project_id
        ORDER BY q.item_id
    )
    SELECT count(*) FROM put
"""  # noqa: S608  NATURAL_RANK is ours
_CREATE_NEW = _CREATE.replace(_ONCE, "")  # a fifth quicker; an IntegrityError when one of them is there already

# Half of an import's time goes into asking, three times a row, whether the project and the item are there. `_hold`
# makes sure of the project for the whole transaction, and the items are made by the same statement as their queue
# entries: so the database skips the checks (`without_foreign_key_checks`), and what they promise still holds.

# Each of these is a walk along indexes. Statistics lag behind a big import: a planner who trusts them reads the whole
# table for every chunk, or takes a project's many new items for one and compares each row with each. So what is staged
# finds its rows by subqueries and notes their ids, and these ids are indexed: a join is linear from either side.
_BY_INDEX = """
    SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off;
    SET LOCAL enable_material = off
"""
_AS_IT_LIKES = """
    SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on; SET LOCAL enable_seqscan = on;
    SET LOCAL enable_material = on
"""

# Where a project is taken for nearly empty, an index on the project alone promises as much as the unique one, and then
# all its items are read for each row. Only the unique index gives this order, so without a sort no other can be taken.
_UNSORTED = "SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off"
_SORTED = "SET LOCAL enable_sort = on; SET LOCAL enable_incremental_sort = on"
_ITEM = """
    SELECT {column} FROM (
        SELECT id, project_id, external_id, digest FROM annotate_item
        WHERE (project_id, external_id) >= (%(project)s, {staged}.external_id)
        ORDER BY project_id, external_id LIMIT 1
    ) i WHERE i.project_id = %(project)s AND i.external_id = {staged}.external_id
"""
_OF_A_PAIR = """
    SELECT {column} FROM (
        SELECT * FROM {table} WHERE (item_id, annotator_id) >= (a.item_id, a.annotator_id)
        ORDER BY item_id, annotator_id LIMIT 1
    ) p WHERE p.item_id = a.item_id AND p.annotator_id = a.annotator_id
"""
_ASSIGNMENT_OF = partial(_OF_A_PAIR.format, table="annotate_assignment")
_ANNOTATION_OF = partial(_OF_A_PAIR.format, table="annotate_annotation")

_CHANGE = f"""
    {_UNSORTED};
    UPDATE import_rows r SET changed_item = ({_ITEM.format(column="i.id", staged="r")} AND i.digest <> r.digest);
    {_SORTED};

    UPDATE annotate_item i
    SET text = r.text, image = r.image, data = r.data, fields = r.fields, meta = coalesce(r.meta, '{{}}'),
        gold = r.gold, digest = r.digest, width = r.width, height = r.height
    FROM import_rows r WHERE i.id = r.changed_item;

    UPDATE annotate_queueentry q SET wanted = greatest(r.wanted, q.taken) FROM import_rows r
    WHERE q.item_id = r.changed_item AND r.wanted IS NOT NULL AND q.wanted <> greatest(r.wanted, q.taken);

    SELECT count(changed_item) FROM import_rows
"""  # noqa: S608  ours, here and below

_FORGET_UNCHANGED = f"""
    {_UNSORTED};
    DELETE FROM import_annotations a WHERE a.digest = ({_ITEM.format(column="i.digest", staged="a")});
    {_SORTED}
"""  # noqa: S608
_ANNOTATE = f"""
    {_UNSORTED};
    UPDATE import_annotations a SET item_id = ({_ITEM.format(column="i.id", staged="a")});
    {_SORTED};

    SELECT FROM annotate_queueentry WHERE item_id IN (SELECT item_id FROM import_annotations)
    ORDER BY item_id FOR UPDATE;

    {_UNSORTED};
    UPDATE import_annotations a
    SET annotation_id = ({_ANNOTATION_OF(column="p.id")}),
        has_place = coalesce(({_ASSIGNMENT_OF(column="p.status = 'leased'")}), false);
    {_SORTED};

    INSERT INTO annotate_annotationchange (item_id, annotator_id, by_id, act, value, client_key, at)
    SELECT n.item_id, n.annotator_id, %(by)s, 'changed', n.value, n.client_key, now()
    FROM import_annotations a JOIN annotate_annotation n ON n.id = a.annotation_id WHERE n.value <> a.value;

    UPDATE annotate_annotation n SET value = a.value, seconds = a.seconds, client_key = NULL, updated_at = now()
    FROM import_annotations a WHERE n.id = a.annotation_id AND n.value <> a.value;

    UPDATE annotate_queueentry q
    SET taken = q.taken + new.places, wanted = greatest(q.wanted, q.taken + new.places)
    FROM (
        SELECT e.item_id, (
            SELECT count(*) FROM import_annotations a
            WHERE a.item_id = e.item_id AND a.annotation_id IS NULL AND NOT a.has_place
        ) AS places FROM annotate_queueentry e WHERE e.item_id IN (SELECT item_id FROM import_annotations)
    ) new
    WHERE q.item_id = new.item_id AND new.places > 0;

    INSERT INTO annotate_assignment (project_id, item_id, annotator_id, status, leased_at, expires_at, reason)
    SELECT %(project)s, item_id, annotator_id, 'submitted', now(), now(), ''
    FROM import_annotations WHERE annotation_id IS NULL ORDER BY item_id
    ON CONFLICT (item_id, annotator_id) DO UPDATE SET status = 'submitted', reason = '';

    {_UNSORTED};
    INSERT INTO annotate_annotation (project_id, item_id, annotator_id, assignment_id, value, seconds,
                                     created_at, updated_at)
    SELECT %(project)s, a.item_id, a.annotator_id, ({_ASSIGNMENT_OF(column="p.id")}),
           a.value, a.seconds, now(), now()
    FROM import_annotations a WHERE a.annotation_id IS NULL;
    {_SORTED};

    INSERT INTO annotate_consensusdue (item_id, project_id)
    SELECT DISTINCT item_id, %(project)s FROM import_annotations;
"""  # noqa: S608


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
            cursor.execute(f"{_BY_INDEX}; {_FORGET_UNCHANGED}; {_AS_IT_LIKES}", values)
        created = _create(cursor, values, seem_new)
        cursor.execute(_BY_INDEX)
        updated = _count(cursor, _CHANGE, values) if created < chunk.size else 0
        if chunk.annotations:
            cursor.execute(_ANNOTATE, values)
    return Stored(created, updated, labels.version, people)


def _hold(cursor: Any, project: Project) -> None:
    """Keep the project from being deleted, and other imports into it from storing, until the transaction ends."""
    lock_imports(cursor, project.pk)
    cursor.execute("SELECT FROM projects_project WHERE id = %s FOR KEY SHARE", [project.pk])
    if not cursor.rowcount:
        raise Project.DoesNotExist("The project was deleted while the import ran.")


def _stage(cursor: Any, chunk: Chunk) -> None:
    cursor.execute(_STAGE)
    cursor.copy_expert(_COPY_ITEMS, io.BytesIO(chunk.items), _COPIED_AT_ONCE)
    if chunk.annotations:
        cursor.copy_expert(_COPY_ANNOTATIONS, io.BytesIO(chunk.annotations), _COPIED_AT_ONCE)


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
