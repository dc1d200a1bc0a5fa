"""The jobs of annotate."""

from annotate import import_jobs, leaving


def run_import(import_id: int) -> None:
    import_jobs.run(import_id)


def remove_files(project_id: int) -> None:
    leaving.remove_files(project_id)
