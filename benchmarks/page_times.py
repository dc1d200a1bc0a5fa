"""Server time of every page that managers look at, in a project with very many items.

    .venv/bin/python benchmarks/page_times.py [--items 100000] [--annotations 30000]

Three people annotated a share of the texts, three answers each, and two rounds were run. Prints a table with the
milliseconds of the first request of each page and the median of five further ones, without the network, the median of
the CPU time of it and of the database, and how many queries it made. Uses a built-in PostgreSQL in a temporary folder.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder

# ruff: noqa: E402
import argparse
import time
from collections.abc import Iterator
from importlib import import_module
from statistics import median
from typing import Any

import psutil

from benchmarks.installation import cpu_seconds, installation

RUNS = 5
PEOPLE = ("ann", "abe", "eve")
WORDS = (("good", "great", "lovely"), ("poor", "bad", "awful"), ("so-so", "average", "plain"))
LABELS = ("positive", "negative", "neutral")

ANNOTATE = """
    INSERT INTO annotate_assignment (project_id, item_id, annotator_id, status, leased_at, expires_at, reason)
    SELECT %(project)s, i.id, u.id, 'submitted', now(), now(), ''
    FROM (SELECT id FROM annotate_item WHERE project_id = %(project)s ORDER BY id LIMIT %(items)s) i
    CROSS JOIN accounts_user u WHERE u.username = ANY(%(people)s);
    INSERT INTO annotate_annotation (project_id, item_id, annotator_id, assignment_id, value, seconds, created_at,
                                     updated_at)
    SELECT project_id, item_id, annotator_id, id,
        to_jsonb((%(labels)s::text[])[CASE WHEN random() < 0.85 THEN item_id %% 3 ELSE floor(random() * 3) END + 1]),
        2 + 5 * random(), now() - random() * interval '10 days', now()
    FROM annotate_assignment WHERE project_id = %(project)s;
    UPDATE annotate_queueentry SET taken = 3 WHERE item_id IN (
        SELECT item_id FROM annotate_annotation WHERE project_id = %(project)s
    );
    INSERT INTO annotate_consensusdue (item_id, project_id)
    SELECT DISTINCT item_id, project_id FROM annotate_annotation WHERE project_id = %(project)s
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--annotations", type=int, default=30_000)
    options = parser.parse_args()
    with installation():
        project, manager = set_up(options.items, options.annotations // len(PEOPLE))
        measure(project, manager)


def set_up(n_items: int, n_annotated: int) -> tuple[Any, Any]:
    from django.db import connection

    from accounts.models import User
    from annotate import consensus
    from projects.models import Label, Membership, Project

    manager, *people = [User.objects.create(username=name) for name in ("mona", *PEOPLE)]
    project = Project.objects.create(name="Pages", votes_wanted=3, explore=0.1)
    Label.objects.bulk_create(Label(project=project, name=name) for name in LABELS)
    Membership.objects.create(project=project, user=manager, role="manager")
    Membership.objects.bulk_create(Membership(project=project, user=user, role="annotator") for user in people)
    import_texts(project, n_items)
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "project": project.pk,
            "items": n_annotated,
            "people": list(PEOPLE),
            "labels": list(LABELS),
        }
        cursor.execute(ANNOTATE, values)
        cursor.execute("VACUUM ANALYZE")
    consensus.fresh(project)
    for _ in range(2):
        run_round(project)
    return project, manager


def import_texts(project: Any, n_items: int) -> None:
    """Texts whose words tell the label; a thousand of them differ in a number."""
    from annotate.imports.run import import_records
    from annotate_kit.formats.records import Record

    texts = (f"{WORDS[n % 3][n % 7 % 3]} thing number {n % 1000} of shop {n % 77}" for n in range(1, n_items + 1))
    import_records(project, (Record(row=n, external_id=f"item-{n:07}", text=text) for n, text in enumerate(texts, 1)))


def run_round(project: Any) -> None:
    from learner import rounds

    begun, _ = rounds.begin(project, "click")
    done = rounds.run(begun)
    assert done.status == "finished" and not done.reason, done.reason


def addresses(project: Any) -> Iterator[tuple[str, str]]:
    """(name of a page, its address)."""
    base = f"/projects/{project.pk}"
    yield "Home", "/"
    yield "Overview", f"{base}/"
    yield from [(f"Items{name}", f"{base}/items/{query}") for name, query in ITEMS]
    item = project.items.order_by("pk")[5]
    yield "One item", f"/items/{item.pk}/"
    yield "Items like one", f"{base}/items/similar/?to={item.pk}"
    for name, path in PAGES:
        yield name, f"{base}/{path}"
    second, first = project.rounds.order_by("-pk")[:2]
    yield "One round", f"{base}/rounds/{second.pk}/"
    yield "Two rounds compared", f"{base}/rounds/compare/?first={first.pk}&second={second.pk}"
    yield "Inbox", "/inbox/"


ITEMS = (
    ("", ""),
    (", not done", "?state=open"),
    (", done", "?state=done"),
    (", disputed", "?state=disputed"),
    (", flagged (none)", "?state=flagged"),
    (", words", "?search=number+123"),
    (", words that none has", "?search=nowhere"),
    (", a label", "?label=positive"),
    (", a person", "?person=ann"),
    (", a predicted label", "?predicted=negative"),
    (", by confidence", "?sort=-confidence"),
    (", by place in the queue", "?sort=priority"),
    (", words, by disagreement", "?search=number&sort=-disagreement"),
)
PAGES = (
    ("Review", "review/"),
    ("Review, newest first", "review/?order=newest"),
    ("Review, a sample", "review/sample/?seed=123"),
    ("Quality", "agreement/"),
    ("Model", "rounds/"),
    ("Model, the panel of the overview", "rounds/panel/"),
    ("Shares of labels", "estimates/"),
    ("People", "people/"),
    ("One person", "people/ann/"),
    ("Import", "import/"),
    ("Export", "export/"),
    ("Settings", "settings/"),
    ("Guidelines", "guidelines/"),
    ("Label", "label/"),
    ("Verify", "verify/"),
)


def measure(project: Any, manager: Any) -> None:
    from django.test import Client

    import_module("config.wsgi")  # as each web process does before its first request
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(manager)
    print("| page | first | median | CPU | queries |\n|---|---|---|---|---|")
    for name, address in addresses(project):
        times = [request(client, address) for _ in range(RUNS + 1)]
        first, *others = [seconds for seconds, _, _ in times]
        cpu = median(cpu for _, cpu, _ in times[1:])
        print(
            f"| {name} | {1000 * first:.0f} | {1000 * median(others):.0f} | {1000 * cpu:.0f} | {times[-1][2]} |",
            flush=True,
        )


def request(client: Any, address: str) -> tuple[float, float, int]:
    """(seconds, those of CPU, queries) of one page."""
    from django.db import connection

    queries = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        queries.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        began, cpu = time.perf_counter(), cpu_seconds([psutil.Process()])
        answer = client.get(address)
        assert answer.status_code in (200, 286), f"{address} answered {answer.status_code}"
        return time.perf_counter() - began, cpu_seconds([psutil.Process()]) - cpu, len(queries)


if __name__ == "__main__":
    main()
