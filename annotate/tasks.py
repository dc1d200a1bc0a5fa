"""The jobs of annotate."""

from annotate import import_jobs


def run_import(import_id: int) -> None:
    import_jobs.run(import_id)
