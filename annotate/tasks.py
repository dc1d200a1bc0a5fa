"""The jobs of annotate."""

from annotate import consensus, import_jobs, leaving
from projects.models import Project


def run_import(import_id: int) -> None:
    import_jobs.run(import_id)


def aggregate_votes(project_id: int) -> None:
    consensus.refresh_all(Project.objects.get(pk=project_id))


def remove_files(project_id: int) -> None:
    leaving.remove_files(project_id)
