"""A round over a large pool: seconds and memory of each phase, beside the bare product of the same matrix.

    python -m benchmarks.learning --items 1000000 --columns 384

Vectors are sent once (as by PUT …/features/), 2000 items are labelled, then one round runs in a process of its own, so
that its memory is its own. "Bare" is what no round can beat: reading the same numbers from one file, one product with
the weights, softmax, margin, and the best 20,000. The project is removed afterwards.
"""

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROWS = 8192
LABELS = 2000
NAME = "benchmark of a round"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--items", type=int, default=100_000)
    arguments.add_argument("--columns", type=int, default=384)
    arguments.add_argument("--labels", type=int, default=10, help="in the label set")
    chosen = arguments.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    remove()
    try:
        project_id = prepare(chosen)
        connection.close()
        round = alone(run_round, project_id)
        show(chosen, round, alone(run_bare, chosen))
    finally:
        remove()


def remove() -> None:
    from annotate.items import deletion
    from projects.models import Project

    for project in Project.objects.filter(name=NAME):
        deletion.clear(project)
        project.delete()


def prepare(chosen: argparse.Namespace) -> int:
    """A project of records with vectors, some of them answered."""
    from accounts.models import User
    from annotate.imports.run import import_records
    from annotate.queue.leasing import lease
    from annotate.queue.submitting import submit
    from annotate_kit.formats.records import Record
    from learner.features import store_vectors
    from projects.models import Label, Project

    project = Project.objects.create(name=NAME, features="given_vectors", retrain_every=0)
    names = [str(number) for number in range(chosen.labels)]
    Label.objects.bulk_create(Label(project=project, name=name, position=place) for place, name in enumerate(names))
    outcome("import", lambda: import_records(project, _records(Record, chosen.items)), chosen.items)
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(chosen.labels, chosen.columns)).astype(np.float32)

    def send() -> None:
        for start in range(0, chosen.items, ROWS):
            truth = np.arange(start, min(start + ROWS, chosen.items)) % chosen.labels
            noise = rng.normal(size=(len(truth), chosen.columns)).astype(np.float32)
            ids = [f"{row}" for row in range(start, start + len(truth))]
            store_vectors(project, ids, centres[truth] * 0.3 + noise)

    outcome("store vectors", send, chosen.items)
    person, _ = User.objects.get_or_create(username="benchmark-annotator")
    answered = 0
    while answered < LABELS:
        for assignment in lease(project, person, 100):
            submit(assignment, str(int(assignment.item.external_id) % chosen.labels))
            answered += 1
    return project.pk


def _records(record: Any, items: int) -> Any:
    return (record(row=row, external_id=str(row), data={"row": row}) for row in range(items))


def outcome(what: str, function: Any, items: int) -> None:
    began = time.monotonic()
    function()
    seconds = time.monotonic() - began
    print(f"{what:14} {seconds:8.2f} s  {items / seconds:10,.0f} items/s", file=sys.stderr)


def alone(function: Any, argument: Any) -> dict[str, float]:
    """What `function` returns, run in a fresh process, with that process's own memory and time."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, (argument,))


def run_round(project_id: int) -> dict[str, float]:
    import django

    django.setup()
    from learner import rounds
    from projects.models import Project

    before, cpu = _megabytes(), time.process_time()
    round, _ = rounds.begin(Project.objects.get(pk=project_id), "click")
    done = rounds.run(round)
    assert done.status == "finished" and not done.reason, done.reason
    return {
        **dict(done.timed),
        "all": done.seconds or 0.0,
        "CPU": time.process_time() - cpu,
        "MB": _megabytes() - before,
    }


def run_bare(chosen: argparse.Namespace) -> dict[str, float]:
    """Read, multiply, softmax, margin, best 20,000: the numbers in one file, nothing else."""
    rng = np.random.default_rng(0)
    weights = rng.normal(scale=0.05, size=(chosen.columns, chosen.labels)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.npy"
        written = np.lib.format.open_memmap(path, "w+", np.float32, (chosen.items, chosen.columns))
        for start in range(0, chosen.items, ROWS):
            written[start : start + ROWS] = rng.normal(size=written[start : start + ROWS].shape)
        before, began, cpu = _megabytes(), time.monotonic(), time.process_time()
        vectors, scores = np.load(path, mmap_mode="r"), np.empty(chosen.items)
        for start in range(0, chosen.items, ROWS):
            part = np.exp(np.asarray(vectors[start : start + ROWS]) @ weights)
            part /= part.sum(axis=1, keepdims=True)
            two = np.partition(part, -2, axis=1)[:, -2:]
            scores[start : start + ROWS] = two[:, 0] - two[:, 1]
        most = min(20_000, chosen.items - 1)
        np.argsort(scores[np.argpartition(scores, most)[:most]])
        return {"score": time.monotonic() - began, "CPU": time.process_time() - cpu, "MB": _megabytes() - before}


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def show(chosen: argparse.Namespace, round: dict[str, float], bare: dict[str, float]) -> None:
    print(f"A round: {chosen.items:,} items × {chosen.columns}, {chosen.labels} labels, {LABELS:,} of them answered\n")
    print("| phase | ours | bare |\n|---|---|---|")
    for phase, value in round.items():
        if phase != "MB":
            print(f"| {phase} | {value:.2f} s | {f'{bare[phase]:.2f} s' if phase in bare else ''} |")
    print(f"| memory | {round['MB']:.0f} MB | {bare['MB']:.0f} MB |")


if __name__ == "__main__":
    main()
