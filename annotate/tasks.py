"""The jobs of annotate."""

from annotate import consensus
from annotate.imports import jobs
from annotate.items import deletion
from projects.models import Project


def run_import(import_id: int) -> None:
    jobs.run(import_id)


def aggregate_votes(project_id: int) -> None:
    consensus.refresh_all(Project.objects.get(pk=project_id))


def remove_files(project_id: int) -> None:
    deletion.remove_files(project_id)
