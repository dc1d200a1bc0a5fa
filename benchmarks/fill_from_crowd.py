"""Fill projects with real crowds, to look at the pages of people, agreement and review with.

    python benchmarks/fill_from_crowd.py ../shared/data snow_rte labelme

Makes a project of each folder (answers.csv, gold.csv; the texts of snow_rte), its people and mona as manager, imports
the votes by the product's own import, spreads their times over three weeks, and says how long the consensus took.
"""

import csv
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import django

sys.path[0] = str(Path(__file__).parents[1])  # not this folder, whose queue.py would stand for the one of Python
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402

from accounts.models import User  # noqa: E402
from annotate import consensus  # noqa: E402
from annotate.imports.run import import_records  # noqa: E402
from annotate_kit.formats.records import Record  # noqa: E402
from projects.models import Label, Membership, Project, Role  # noqa: E402

NAMES = {"snow_rte": ["does not follow", "follows"], "sentiment_polarity_mturk": ["negative", "positive"]}


def main(data: Path, names: list[str]) -> None:
    print(f"{'project':<16}{'items':>8}{'people':>8}{'votes':>8}{'import s':>10}{'consensus s':>13}")
    for name in names:
        began = time.perf_counter()
        project = fill(data / name)
        imported = time.perf_counter()
        consensus.fresh(project, whole=True)
        done = time.perf_counter()
        sizes = (project.items.count(), project.memberships.count(), project.annotations.count())
        print(f"{name:<16}{sizes[0]:>8,}{sizes[1]:>8,}{sizes[2]:>8,}{imported - began:>10.2f}{done - imported:>13.2f}")


def fill(folder: Path) -> Project:
    votes = list(rows(folder / "answers.csv"))
    gold = {row[0]: row[1] for row in rows(folder / "gold.csv")} if (folder / "gold.csv").exists() else {}
    labels = NAMES.get(folder.name) or json.loads((folder / "meta.json").read_text())["classes"]
    by_item = defaultdict(list)
    for item, person, label in votes:
        by_item[item].append((person, named(labels, label)))
    most = max(len(answers) for answers in by_item.values())
    project = Project.objects.create(name=folder.name, votes_wanted=min(100, most), learning=False)
    Label.objects.bulk_create(
        Label(project=project, name=str(name), position=place) for place, name in enumerate(labels)
    )
    add_people(project, {person for _, person, _ in votes}, folder.name)
    texts = dict(texts_of(folder))
    report = import_records(
        project,
        (
            Record(
                row=number,
                external_id=item,
                text=texts.get(item, f"{folder.name}, item {item}"),
                gold=named(labels, gold[item]) if item in gold else None,
                annotations=[{"annotator": username(folder.name, person), "value": label} for person, label in answers],
            )
            for number, (item, answers) in enumerate(by_item.items(), start=1)
        ),
    )
    if report.rejected_count:
        sys.exit(f"{folder.name}: {report.rejected[0]}")
    spread_out(project)
    return project


def rows(path: Path) -> Iterator[tuple[str, ...]]:
    with path.open(newline="") as file:
        yield from (tuple(row) for row in list(csv.reader(file))[1:])


def named(labels: list[str], label: str) -> str:
    """Labels are numbers in some folders, and names in others."""
    return str(labels[int(label)]) if label.isdecimal() and int(label) < len(labels) else label


def texts_of(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.glob("*texts.tsv"):
        with path.open(newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                yield row["id"], unescape(f"{row['text']}\n\nDoes it follow? {row['hypothesis']}")


def add_people(project: Project, people: set[str], prefix: str) -> None:
    User.objects.bulk_create([User(username=username(prefix, person)) for person in people], ignore_conflicts=True)
    users = User.objects.filter(username__in=[username(prefix, person) for person in people])
    Membership.objects.bulk_create(Membership(project=project, user=user, role=Role.ANNOTATOR) for user in users)
    if mona := User.objects.filter(username="mona").first():
        Membership.objects.create(project=project, user=mona, role=Role.MANAGER)


def username(folder: str, person: str) -> str:
    """Numbers are given the folder's name; names are somebody's own."""
    return f"{folder}-{person}" if person.isdecimal() else person


def spread_out(project: Project) -> None:
    """As if the votes had come one by one in three weeks, each after a few seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(
            """
            UPDATE annotate_annotation SET seconds = round((2 + 12 * random() ^ 3)::numeric, 1),
                created_at = now() - interval '21 days' * random() ^ 1.5 - interval '1 hour'
            WHERE project_id = %s
            """,
            [project.pk],
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or ["snow_rte", "labelme"])
