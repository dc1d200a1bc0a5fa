"""The jobs of annotate."""

from annotate import consensus
from annotate.imports import jobs
from annotate.items import deleted, deletion
from projects.models import Project


def run_import(import_id: int) -> None:
    jobs.run(import_id)


def each_minute() -> None:
    """Take up the imports that lost their worker, and delete for good what nobody restored."""
    jobs.revive()
    deleted.purge()


def aggregate_votes(project_id: int) -> None:
    with deletion.ends_with(project_id):
        consensus.fresh(Project.objects.get(pk=project_id), whole=True)


def remove_files(project_id: int) -> None:
    deletion.remove_files(project_id)
