"""For those who run the house: is it alive, is it ready, how is it doing."""

from pathlib import Path

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers, its tables are up to date, and this process is not about to be stopped."""
    if settings.DRAIN_FILE and Path(settings.DRAIN_FILE).exists():
        return JsonResponse({"status": "draining"}, status=503)
    from django.db.migrations.executor import MigrationExecutor
    from django.db.utils import OperationalError

    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except OperationalError as error:
        return JsonResponse({"status": "unavailable", "detail": f"The database does not answer: {error}"}, status=503)
    if waiting:
        return JsonResponse(
            {"status": "unavailable", "detail": f"{len(waiting)} migrations wait: manage.py migrate"}, status=503
        )
    return JsonResponse({"status": "ok"})


def metrics(request: HttpRequest) -> HttpResponse:
    """Totals in Prometheus' text format. No names, no per-project figures: anybody may scrape it."""
    from django_q.models import OrmQ

    from annotate.models import Annotation, Assignment, Item
    from learner.models import Round

    figures = {
        "annotate_items": Item.objects.count(),
        "annotate_annotations": Annotation.objects.count(),
        "annotate_leases": Assignment.objects.live().count(),
        "annotate_jobs_waiting": OrmQ.objects.count(),
        "annotate_rounds_unfinished": Round.objects.unfinished().count(),
    }
    lines = [f"# TYPE {name} gauge\n{name} {value}\n" for name, value in figures.items()]
    return HttpResponse("".join(lines), content_type="text/plain; version=0.0.4; charset=utf-8")
