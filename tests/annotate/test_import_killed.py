"""An import that is killed half-way can be sent again and ends right."""

import io
import os
import signal
import time
from multiprocessing import get_context

import orjson
import pytest
from django.db import connection

from annotate.imports import chunks
from annotate.imports.run import import_file
from annotate.models import Annotation, Item, QueueEntry
from projects.models import Project

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

ROWS, CHUNK = 2000, 100
CONTENT = b"\n".join(
    orjson.dumps(
        {"external_id": f"id-{n}", "text": f"text {n}", "annotations": [{"annotator": "ann", "value": "positive"}]}
    )
    for n in range(ROWS)
)


class Slow(io.BytesIO):
    """A file that comes in little by little."""

    def read(self, size: int | None = -1) -> bytes:
        time.sleep(0.005)
        return super().read(5000)


def import_slowly(project: Project) -> None:
    import_file(project, Slow(CONTENT), name="a.jsonl", content_type=None)


def test_a_killed_import_is_sent_again_and_ends_right(make_project, monkeypatch):
    monkeypatch.setattr(chunks, "ROWS", CHUNK)
    project = make_project()
    connection.close()
    process = get_context("fork").Process(target=import_slowly, args=(project,))
    process.start()
    assert process.pid
    deadline = time.monotonic() + 20
    while Item.objects.count() < 3 * CHUNK:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.join(20)
    assert process.exitcode == -signal.SIGKILL

    stored = Item.objects.count()
    assert 3 * CHUNK <= stored < ROWS and stored % CHUNK == 0
    assert QueueEntry.objects.count() == Annotation.objects.count() == stored

    report = import_file(project, io.BytesIO(CONTENT), name="a.jsonl", content_type=None)
    assert (report.created, report.updated, report.unchanged, report.rejected_count) == (ROWS - stored, 0, stored, 0)
    assert QueueEntry.objects.filter(taken=1, wanted=1).count() == Annotation.objects.count() == ROWS
