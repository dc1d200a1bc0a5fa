"""The list of items as a data manager: sort, and change or delete 10,000 of very many items.

    .venv/bin/python benchmarks/items.py [--items 1000000] [--chosen 10000]

Prints a table with the seconds that each took, the median and the slowest of five runs, and the median of the CPU time
of it and of the database, which other work changes less. Uses a built-in PostgreSQL in a temporary folder.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder

# ruff: noqa: E402
import argparse
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import psutil

from benchmarks.installation import cpu_seconds, installation

RUNS = 5
ANNOTATED = 10  # one of so many items has two annotations and a consensus

ANNOTATE = """
    INSERT INTO annotate_assignment (project_id, item_id, annotator_id, status, leased_at, expires_at, reason)
    SELECT i.project_id, i.id, u.id, 'submitted', now(), now(), ''
    FROM annotate_item i CROSS JOIN accounts_user u WHERE i.id %% {every} = 0;
    INSERT INTO annotate_annotation (project_id, item_id, annotator_id, assignment_id, value, created_at, updated_at)
    SELECT project_id, item_id, annotator_id, id, '"yes"', now(), now() FROM annotate_assignment;
    UPDATE annotate_queueentry SET taken = 2, wanted = 2 WHERE item_id %% {every} = 0;
    INSERT INTO annotate_consensus (item_id, project_id, value, belief, certainty, dispute, settled, votes, method,
                                    updated_at)
    SELECT i.id, i.project_id, '"yes"', '{{"yes": 0.9}}', random(), random(), false, 2, 'majority_vote', now()
    FROM annotate_item i WHERE i.id %% {every} = 0
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--chosen", type=int, default=10_000)
    options = parser.parse_args()
    with installation():
        project, manager = set_up(options.items)
        measure(project, manager, options.items, options.chosen)


def set_up(n_items: int) -> tuple[Any, Any]:
    from django.db import connection

    from accounts.models import User
    from annotate.imports.run import import_records
    from annotate_kit.formats.records import Record
    from projects.models import Label, Membership, Project

    people = [User.objects.create(username=name) for name in ("ann", "abe")]
    project = Project.objects.create(name="Items", learning=False)
    Label.objects.bulk_create(Label(project=project, name=name) for name in ("yes", "no"))
    Membership.objects.bulk_create(Membership(project=project, user=user, role="manager") for user in people)
    rows = (Record(row=n, external_id=f"item-{n:07}", text=f"text {n % 1000}") for n in range(1, n_items + 1))
    import_records(project, rows)
    with connection.cursor() as cursor:
        cursor.execute(ANNOTATE.format(every=ANNOTATED).replace("%%", "%"))
        cursor.execute("VACUUM ANALYZE")
    return project, people[0]


def measure(project: Any, manager: Any, n_items: int, n_chosen: int) -> None:
    from annotate import consensus
    from annotate.items import actions, deleted, sorting
    from annotate.items.search import Conditions
    from annotate.items.selection import Selection, extent

    every = max(1, n_items // n_chosen)
    first = every - 1  # so that a tenth of the chosen are annotated, or all where every tenth item is chosen
    ids = list(project.items.order_by("pk").values_list("pk", flat=True)[first::every][:n_chosen])
    chosen, items = Selection(ids=ids), consensus.items(project)
    matching = Selection(Conditions(words="text 12"))
    print(f"{n_items:,} items, of which a tenth have two annotations; {len(ids):,} chosen by id; {RUNS} runs\n")
    print("| what | median | slowest | CPU |\n|---|---|---|---|")
    for sort in ("name", "-confidence", "-disagreement", "-votes", "priority", "-updated"):
        report(f"sort by {sort}", partial(sorting.find_sorted, project, items, Conditions(), sort))
    report("count all", lambda: sorting.count(project, Conditions()))
    report("what is deleted with the chosen", lambda: extent(project, chosen))
    report("priority of the chosen", varying(lambda n: actions.set_priority(project, chosen, n + 1)))
    report("votes wanted of the chosen", varying(lambda n: actions.want_votes(project, chosen, n + 3)))
    report("flag the chosen", lambda: actions.flag(project, chosen, manager))
    report("priority of what a search finds", varying(lambda n: actions.set_priority(project, matching, n + 9)))
    deletions: list[Any] = []
    deletes, undoes = [], []
    for _ in range(RUNS):
        deletes.append(cost(lambda: deletions.append(deleted.delete(project, chosen, manager))))
        undoes.append(cost(lambda: deleted.restore(deletions[-1], manager)))
    show(f"delete the chosen, with {deletions[0].annotations:,} annotations", deletes)
    show("undo it", undoes)


def varying(function: Callable[[int], Any]) -> Callable[[], Any]:
    """Called again, it does the next one: what changes nothing is no measure."""
    numbers = iter(range(RUNS))
    return lambda: function(next(numbers))


def report(name: str, function: Callable[[], Any]) -> None:
    show(name, [cost(function) for _ in range(RUNS)])


def show(name: str, costs: list[tuple[float, float]]) -> None:
    seconds, cpu = zip(*costs, strict=True)
    print(f"| {name} | {median(seconds):.2f} | {max(seconds):.2f} | {median(cpu):.2f} |", flush=True)


def cost(function: Callable[[], Any]) -> tuple[float, float]:
    """The seconds that it takes, and those of CPU."""
    began, cpu = time.perf_counter(), cpu_seconds([psutil.Process()])
    function()
    return time.perf_counter() - began, cpu_seconds([psutil.Process()]) - cpu


if __name__ == "__main__":
    main()
