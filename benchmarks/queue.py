"""Submit + next by REST: eight people at once over a big queue, in every order, beside the rate of bare commits.

    .venv/bin/python benchmarks/queue.py [--items 100000] [--people 8] [--seconds 10] [--webhooks 3]

Starts a server of its own with the built-in PostgreSQL in a temporary folder, and ends it. With `--webhooks` a worker
sends every event of each project to so many webhooks meanwhile, 0 included; how many requests that took is in the last
column.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder: this file has the name of a standard module

# ruff: noqa: E402
import argparse
import http.client
import json
import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.installation import PORT, cpu_seconds, installation, server

ORDERS = {"as imported": "import", "shuffled": "shuffled", "learner's band": "import"}


def main() -> None:
    options = parse()
    with installation():
        run(options)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--webhooks", type=int)
    return parser.parse_args()


def run(options: argparse.Namespace) -> None:
    from django.db import connection

    print(f"{options.items:,} items, {options.people} people, {options.seconds:g} s each; one vote wanted\n")
    print(
        "| order | annotations/s | of bare commits | server CPU each | next alone p50 | p99 | over-assigned | events |"
    )
    print("|---|---|---|---|---|---|---|---|")
    tokens = make_people(options.people)
    for order, setting in ORDERS.items():
        project = make_project(order, setting, options.items)
        connection.close()
        commits = bare_commits(options.people, min(options.seconds, 5))
        with server() as processes, receiver(project, options.webhooks) as received:
            label_together(project, tokens, 2)  # a server that is awake
            before = cpu_seconds(processes)
            done = label_together(project, tokens, options.seconds)
            cpu = (cpu_seconds(processes) - before) / max(done, 1)
            alone = label_alone(project, tokens[0], 300)
        rate = done / options.seconds
        print(
            f"| {order} | {rate:.0f} | {rate / commits:.2f} | {cpu * 1000:.1f} ms | {percentile(alone, 50):.1f} ms "
            f"| {percentile(alone, 99):.1f} ms | {over_assigned(project)} "
            f"| {sum(received)} events in {len(received)} requests |",
            flush=True,
        )


# The set-up


def make_people(count: int) -> list[str]:
    from accounts.models import ApiToken, User

    people = [User.objects.create(username=f"person-{number}") for number in range(count)]
    return [ApiToken.objects.issue(person)[1] for person in people]


def make_project(name: str, order: str, n_items: int) -> int:
    from accounts.models import User
    from annotate.imports.run import import_records
    from annotate.queue.ordering import publish
    from annotate_kit.formats.records import Record
    from projects.models import Label, Membership, Project

    project = Project.objects.create(name=name, order=order, learning=False)
    Label.objects.bulk_create(Label(project=project, name=label) for label in ("yes", "no"))
    Membership.objects.bulk_create(Membership(project=project, user=person) for person in User.objects.all())
    import_records(project, (Record(row=n, external_id=f"item-{n}", text=f"text {n}") for n in range(1, n_items + 1)))
    if name == "learner's band":
        publish(project, list(project.items.order_by("?").values_list("pk", flat=True)[:50_000]))
    return project.pk


# The work


def label_together(project: int, tokens: list[str], seconds: float) -> int:
    """Everybody labels for so long; returns how many answers were acknowledged."""
    return sum(in_processes(label_until, [(project, token, time.time() + seconds) for token in tokens]))


def label_until(pipe: Connection, project: int, token: str, deadline: float) -> None:
    server = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    held = call(server, "POST", f"/api/projects/{project}/assignments/", {"count": 1}, token)
    done = 0
    while held and time.time() < deadline:
        answer = {"value": "yes", "next": 1, "client_key": new_key()}
        held = call(server, "PUT", f"/api/assignments/{held[0]['id']}/annotation/", answer, token)["next"]
        done += 1
    pipe.send(done)


def label_alone(project: int, token: str, count: int) -> list[float]:
    """Milliseconds of each submit + next of one person."""
    server = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    held = call(server, "POST", f"/api/projects/{project}/assignments/", {"count": 1}, token)
    times = []
    for _ in range(count):
        began = time.perf_counter()
        answer = {"value": "no", "next": 1, "client_key": new_key()}
        held = call(server, "PUT", f"/api/assignments/{held[0]['id']}/annotation/", answer, token)["next"]
        times.append((time.perf_counter() - began) * 1000)
    return times


def call(server: http.client.HTTPConnection, method: str, path: str, body: object = None, token: str = "") -> Any:
    headers = {"Content-Type": "application/json", "Authorization": f"Token {token}"} if token else {}
    server.request(method, path, json.dumps(body) if body is not None else None, headers)
    answer = server.getresponse()
    text = answer.read()
    if answer.status >= 400:
        raise RuntimeError(f"{method} {path} answered {answer.status}: {text[:300]!r}")
    return json.loads(text)


def new_key() -> str:
    import uuid

    return str(uuid.uuid4())


# Webhooks


@contextmanager
def receiver(project: int, count: int | None) -> Iterator[list[int]]:
    """So many webhooks of all events, and a worker that serves them; yields how many events each request brought."""
    received: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(len(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["events"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    if count is None:
        yield received
        return
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        register(project, f"http://127.0.0.1:{listening.server_port}/", count)
        worker = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, start_new_session=True)
        try:
            yield received
            wait_until_sent()
        finally:
            worker.terminate()
            worker.wait()
            listening.shutdown()


def register(project: int, url: str, count: int) -> None:
    from django.db import connection

    from accounts.models import User
    from projects.models import Project, WebhookEvent
    from projects.webhooks import registering

    for _ in range(count):
        by = User.objects.earliest("pk")
        registering.add(Project.objects.get(pk=project), by, url, WebhookEvent.values)
    connection.close()


def wait_until_sent() -> None:
    from annotate.webhooks import delivering

    while delivering.due():
        time.sleep(0.5)


# The limit


def bare_commits(people: int, seconds: float) -> float:
    """Commits a second of the same PostgreSQL: one small row each, so many connections."""
    from config import env
    from runtime import embedded_postgres

    host = str(embedded_postgres.ensure_running(env.var() / "postgres"))
    return sum(in_processes(commit_until, [(host, time.time() + seconds) for _ in range(people)])) / seconds


def commit_until(pipe: Connection, host: str, deadline: float) -> None:
    import psycopg2

    connection = psycopg2.connect(host=host, user="postgres", dbname="annotate")
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(f"CREATE TABLE bare_commits_{os.getpid()} (n int)")
    done = 0
    while time.time() < deadline:
        cursor.execute(f"INSERT INTO bare_commits_{os.getpid()} VALUES (1)")
        done += 1
    pipe.send(done)


def in_processes(function: Callable[..., None], arguments: list[tuple]) -> list[int]:
    """What each process sends back; one process per tuple of arguments."""
    running = []
    for values in arguments:
        here, there = get_context("fork").Pipe()
        process = get_context("fork").Process(target=function, args=(there, *values))
        process.start()
        running.append((process, here))
    counts = [here.recv() for _, here in running]
    for process, _ in running:
        process.join()
    return counts


# The figures


def over_assigned(project: int) -> int:
    """Items that more people have or had than were wanted."""
    from django.db.models import Count

    from annotate.models import Item

    people = Item.objects.filter(project=project).annotate(people=Count("assignments"))
    return people.filter(people__gt=1).count()


def percentile(values: list[float], share: int) -> float:
    return statistics.quantiles(values, n=100)[share - 1]


if __name__ == "__main__":
    main()
