"""Import of text rows: ours by its function and by HTTP, beside plain COPY (the limit) and Django's bulk_create.

    .venv/bin/python benchmarks/importing.py [--rows 100000]

Starts a server of its own with the built-in PostgreSQL in a temporary folder, and ends it. CPU is that of all the
processes at work, the database's included: it tells more than rows/s on a machine that does other things as well.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder

# ruff: noqa: E402
import argparse
import http.client
import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import orjson
import psutil

from benchmarks.installation import PORT, cpu_of_ended_children, cpu_seconds, installation, server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with installation() as folder:
        run(rows, folder)


def run(rows: int, folder: Path) -> None:
    from django.db import connection

    file = write(folder / "rows.jsonl", rows)
    print(f"{rows:,} texts, {file.stat().st_size / 1e6:.0f} MB of JSON lines\n")
    print("| way | rows/s | CPU a row | peak memory |\n|---|---|---|---|")
    by_function = make_project("function")
    ways: list[tuple[str, Callable[..., None], tuple, int]] = [
        ("plain COPY into a bare table", plain_copy, (file,), rows),
        ("**ours**, the function", import_it, (by_function, file), rows),
        ("ours, the same file again", import_it, (by_function, file), rows),
        ("Django bulk_create", bulk_create, (make_project("bulk_create"), file, rows // 5), rows // 5),
    ]
    connection.close()
    for name, work, arguments, count in ways:
        in_process(name, count, work, *arguments)
    project, token = make_project("http"), make_token()
    connection.close()
    with server() as web:
        send(project, token, file.read_bytes().splitlines()[0])  # a server that is awake
        with measured("**ours**, by HTTP", rows, web):
            report = send(project, token, file.read_bytes())
        assert report["created"] + report["unchanged"] == rows, report


def write(path: Path, rows: int) -> Path:
    with path.open("wb") as file:
        for number in range(rows):
            text = f"The quick brown fox number {number} jumps over the lazy dog and thinks about it."
            file.write(orjson.dumps({"external_id": f"row-{number:07d}", "text": text}) + b"\n")
    return path


# The ways


def plain_copy(file: Path) -> None:
    from django.db import connection

    lines = (orjson.loads(line) for line in file.read_bytes().splitlines())
    content = "".join(f"1\t{line['external_id']}\t{line['text']}\t0\n" for line in lines)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (project_id bigint, external_id text, text text, digest text)")
        cursor.copy_expert("COPY bare FROM STDIN", io.BytesIO(content.encode()), 2**18)


def import_it(project: int, file: Path) -> None:
    from annotate.imports.run import import_file
    from projects.models import Project

    with file.open("rb") as stream:
        report = import_file(Project.objects.get(pk=project), stream, name=file.name, content_type=None)
    assert not report.rejected_count


def bulk_create(project: int, file: Path, rows: int) -> None:
    from django.db import transaction

    from annotate.models import Item, QueueEntry

    with file.open("rb") as stream, transaction.atomic():
        records = [orjson.loads(stream.readline()) for _ in range(rows)]
        items = [Item(project_id=project, digest=b"", **record) for record in records]
        Item.objects.bulk_create(items, batch_size=5000)
        QueueEntry.objects.bulk_create(
            (QueueEntry(item=item, project_id=project, rank=item.pk) for item in items), batch_size=5000
        )


def send(project: int, token: str, body: bytes) -> dict:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=600)
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/x-ndjson"}
    connection.request("POST", f"/api/projects/{project}/items/", body, headers)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == 200, content[:500]
    return orjson.loads(content)


# The set-up


def make_project(name: str) -> int:
    from projects.models import Label, Project

    project = Project.objects.create(name=name, learning=False)
    Label.objects.bulk_create(Label(project=project, name=label) for label in ("yes", "no"))
    return project.pk


def make_token() -> str:
    from accounts.models import ApiToken, User

    return ApiToken.objects.issue(User.objects.create(username="mona", is_superuser=True))[1]


# The measure


def in_process(name: str, rows: int, work: Callable[..., None], *arguments: Any) -> None:
    """Measure some work in a process of its own, so that its memory is its own."""
    with measured(name, rows, []) as processes:
        process = get_context("fork").Process(target=work, args=arguments)
        process.start()
        processes.append(psutil.Process(process.pid))
        process.join()
    assert process.exitcode == 0, f"{name} failed"


@contextmanager
def measured(name: str, rows: int, processes: list[psutil.Process]) -> Iterator[list[psutil.Process]]:
    """Print a row: the time, the CPU of `processes` and of the database, and the most memory that one of them took."""
    peak, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            peak[0] = max([peak[0], *(memory(process) for process in list(processes))])

    watcher = threading.Thread(target=watch)
    watcher.start()
    before, began = cpu_seconds(processes) + cpu_of_ended_children(), time.perf_counter()
    try:
        yield processes
    finally:
        seconds = time.perf_counter() - began
        done.set()
        watcher.join()
    used = cpu_seconds(processes) + cpu_of_ended_children() - before
    print(f"| {name} | {rows / seconds:,.0f} | {1e6 * used / rows:.1f} µs | {peak[0] / 2**20:.0f} MB |", flush=True)


def memory(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0


if __name__ == "__main__":
    main()
