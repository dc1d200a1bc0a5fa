"""Export of items with their annotations: ours in each format, beside COPY TO (the limit) and the plain ORM.

    .venv/bin/python benchmarks/exporting.py [--rows 100000]

Each item has an annotation, and its consensus is made before. In a temporary folder with the built-in PostgreSQL.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder

# ruff: noqa: E402
import argparse
import json

from benchmarks.importing import in_process, make_project
from benchmarks.installation import installation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with installation() as folder:
        run(rows, folder)


def run(rows: int, folder: Path) -> None:
    from django.db import connection

    from annotate_kit.formats import writers

    project = fill(rows)
    connection.close()
    print(f"{rows:,} items, an annotation each\n\n| way | rows/s | CPU a row | peak memory |\n|---|---|---|---|")
    in_process("COPY TO, the items alone", rows, copy_to, project, folder / "copy.csv")
    for name in writers.registry.names:
        in_process(f"**ours**, {name}", rows, export_it, project, name, folder / "export")
    in_process("ours, jsonl, a row an annotation", rows, export_it, project, "jsonl", folder / "export", "annotations")
    in_process("the ORM with prefetch_related", rows, by_orm, project, folder / "orm.jsonl")


def fill(rows: int) -> int:
    from accounts.models import User
    from annotate import consensus
    from annotate.imports.run import import_records
    from annotate_kit.formats.records import Record
    from projects.models import Membership, Project

    project = Project.objects.get(pk=make_project("exported"))
    Membership.objects.create(project=project, user=User.objects.create(username="ann"))
    annotations = [{"annotator": "ann", "value": "yes", "seconds": 1.5}]
    text = "The quick brown fox jumps over the lazy dog and thinks about it, number"
    import_records(project, (Record(n, f"row-{n}", f"{text} {n}", annotations=annotations) for n in range(1, rows + 1)))
    consensus.fresh(project)
    return project.pk


def export_it(project: int, writer: str, path: Path, what: str = "items") -> None:
    from annotate.exports.rows import export
    from projects.models import Project

    with path.open("wb") as file:
        file.writelines(export(Project.objects.get(pk=project), writer, what=what))


def copy_to(project: int, path: Path) -> None:
    from django.db import connection

    with path.open("wb") as file, connection.cursor() as cursor:
        cursor.copy_expert(f"COPY (SELECT * FROM annotate_item WHERE project_id = {project:d}) TO STDOUT CSV", file)


def by_orm(project: int, path: Path) -> None:
    from annotate.models import Item

    items = Item.objects.filter(project=project).select_related("consensus").prefetch_related("annotations__annotator")
    with path.open("w") as file:
        for item in items.order_by("pk").iterator(chunk_size=5000):
            annotations = [
                {"annotator": a.annotator.username, "value": a.value, "seconds": a.seconds, "created_at": a.created_at}
                for a in item.annotations.all()
            ]
            row = {"external_id": item.external_id, "text": item.text, "gold": item.gold, "meta": item.meta}
            row |= {"consensus": item.consensus.value, "belief": item.consensus.belief, "annotations": annotations}
            file.write(f"{json.dumps(row, default=str)}\n")


if __name__ == "__main__":
    main()
