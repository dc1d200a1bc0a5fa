"""Records on their way in: into a staging table by COPY, from there upserted on (project, external_id).

A chunk is one transaction, so an import that is killed half-way can simply be sent again.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from typing import Any, BinaryIO

import orjson
from django.db import connection, transaction

from accounts.models import User
from annotate.models import QueueState
from annotate.priorities import NATURAL_RANK, look_again
from formats.readers import for_file
from formats.records import Record, Rejected
from projects.models import Project

CHUNK = 20_000
KEEP_REJECTED = 1000

_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS import_rows (
        external_id text, text text, image text, data jsonb, meta jsonb, gold jsonb, wanted smallint, digest bytea
    ) ON COMMIT DELETE ROWS
"""
_COPY = "COPY import_rows (external_id, text, image, data, meta, gold, wanted, digest) FROM STDIN (FORMAT csv)"
_UPSERT = f"""
    WITH put AS (
        INSERT INTO annotate_item AS i (project_id, external_id, text, image, data, meta, gold, digest, created_at)
        SELECT %(project)s, external_id, text, image, data, coalesce(meta, '{{}}'), gold, digest, now() FROM import_rows
        ON CONFLICT (project_id, external_id) DO UPDATE
        SET text = excluded.text, image = excluded.image, data = excluded.data, meta = excluded.meta,
            gold = excluded.gold, digest = excluded.digest
        WHERE i.digest <> excluded.digest
        RETURNING i.id, i.project_id, i.external_id, i.xmax = 0 AS created
    ), wanted AS (
        SELECT put.id AS item_id, put.project_id, put.created, coalesce(r.wanted, %(wanted)s) AS wanted
        FROM put JOIN import_rows r USING (external_id)
    ), queued AS (
        INSERT INTO annotate_queueentry AS q (item_id, project_id, rank, wanted, taken)
        SELECT q.item_id, q.project_id, {NATURAL_RANK}, q.wanted, 0
        FROM wanted q JOIN projects_project p ON p.id = q.project_id
        ON CONFLICT (item_id) DO UPDATE SET wanted = greatest(excluded.wanted, q.taken)
    )
    SELECT count(*) FILTER (WHERE created), count(*) FILTER (WHERE NOT created) FROM put
"""  # noqa: S608  NATURAL_RANK is ours


@dataclass
class Report:
    """What became of a file's rows. `rejected` keeps the first thousand; `rejected_count` counts all."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected_count: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, row: Rejected) -> None:
        self.rejected_count += 1
        if len(self.rejected) < KEEP_REJECTED:
            self.rejected.append(row._asdict())


class TooLarge(ValueError):
    """The file is above `settings.UPLOAD_BYTES`: an answer 413, where a door has one."""


def import_file(
    project: Project,
    stream: BinaryIO,
    *,
    name: str | None,
    content_type: str | None,
    by: User | None = None,
    folders_are_labels: bool = False,
    on_progress: Callable[[int, Report], None] | None = None,
) -> Report:
    """Store what a file holds. Unreadable and TooLarge say, for people, why it cannot be read (any further).

    `on_progress` is called with the bytes read so far and the report so far.
    """
    reader = for_file(name, content_type)
    return import_records(project, reader.read(stream, folders_are_labels=folders_are_labels))


def import_records(project: Project, rows: Iterable[Record | Rejected]) -> Report:
    """Store a file's records as items with their places in the queue; the same file again changes nothing."""
    report = Report()
    QueueState.objects.get_or_create(project=project)
    for chunk in _chunks(rows):
        records = []
        for row in chunk:
            records.append(row) if isinstance(row, Record) else report.reject(row)
        _store(project, records, report)
    look_again(project)
    return report


def _chunks(rows: Iterable[Record | Rejected]) -> Iterator[list[Record | Rejected]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


@transaction.atomic
def _store(project: Project, records: list[Record], report: Report) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        cursor.copy_expert(_COPY, io.StringIO("".join(map(_line, records))))
        cursor.execute(_UPSERT, {"project": project.pk, "wanted": project.votes_wanted})
        created, updated = cursor.fetchone()
    report.created += created
    report.updated += updated
    report.unchanged += len(records) - created - updated


def _line(record: Record) -> str:
    """A record as a line of CSV; an empty field is NULL, a quoted one is text."""
    data, meta, gold = (_json(value) for value in (record.data, record.meta, record.gold))
    content = "\x1f".join((record.text or "", data, meta, gold, str(record.votes_wanted)))
    digest = blake2b(content.encode(), digest_size=16).hexdigest()
    wanted = "" if record.votes_wanted is None else record.votes_wanted
    external_id = record.external_id or digest
    texts = ",".join(map(_quoted, (external_id, record.text, None, data, meta, gold)))
    return f"{texts},{wanted},\\x{digest}\n"


def _json(value: Any) -> str:
    return "" if value is None else orjson.dumps(value).decode()


def _quoted(value: str | None) -> str:
    return '"' + value.replace('"', '""') + '"' if value else ""
