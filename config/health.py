"""For those who run the installation: is it alive, is it ready, how is it doing."""

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare

CACHE_SECONDS = 15
NO_WORKER = "No worker lives: rounds, imports and long aggregations wait. Start one: manage.py worker"

_tables = {"are up to date": False}


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers, its tables are up to date, and this process is not about to be stopped.

    Whoever watches from here, or has the token, reads why not, and whether a worker lives. No proxy has to wait for
    one: people can label without.
    """
    if settings.DRAIN_FILE and Path(settings.DRAIN_FILE).exists():
        return JsonResponse({"status": "draining"}, status=503)
    problem = _problem_of_database()
    answer: dict[str, object] = {"status": "unavailable" if problem else "ok"}
    if _may_read_details(request):
        answer.update({"detail": problem} if problem else _workers())
    return JsonResponse(answer, status=503 if problem else 200)


def metrics(request: HttpRequest) -> HttpResponse:
    """Totals in Prometheus' text format, a few seconds old at most; no names, no figures of single projects."""
    if not _may_read_details(request):
        detail = "Metrics are for this host, or for METRICS_TOKEN sent as Authorization: Bearer …"
        return HttpResponse(detail, status=401, headers={"WWW-Authenticate": "Bearer"}, content_type="text/plain")
    figures = cache.get_or_set("metrics", _figures, CACHE_SECONDS) or {}
    lines = [
        f"# HELP {name} {_FIGURES[name][0]}\n# TYPE {name} gauge\n{name} {value}\n" for name, value in figures.items()
    ]
    return HttpResponse("".join(lines), content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read_details(request: HttpRequest) -> bool:
    """Whether they have the token, or ask from this host without a proxy between."""
    sent = request.headers.get("Authorization", "")
    if settings.METRICS_TOKEN and constant_time_compare(sent, f"Bearer {settings.METRICS_TOKEN}"):
        return True
    is_forwarded = any(name in request.headers for name in ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"))
    return not is_forwarded and _is_loopback(request.META.get("REMOTE_ADDR", ""))


def _is_loopback(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _problem_of_database() -> str:
    """Why requests cannot be answered, or nothing. Tables once up to date stay so: only new code needs others."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        waiting = 0 if _tables["are up to date"] else _waiting_migrations()
    except (OperationalError, InterfaceError) as error:
        return f"The database does not answer: {error}"
    _tables["are up to date"] = not waiting
    return f"{waiting} migrations wait: manage.py migrate" if waiting else ""


def _waiting_migrations() -> int:
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _workers() -> dict[str, object]:
    count = _count_workers()
    return {"workers": count} if count else {"workers": 0, "detail": NO_WORKER}


def _count_workers() -> int:
    from django_q.status import Stat

    return len(Stat.get_all())


def _figures() -> dict[str, int]:
    return {name: count() for name, (_, count) in _FIGURES.items()}


def _count(path: str, **conditions: object) -> Callable[[], int]:
    """Counts the rows of a model, given as app.Model."""
    from django.apps import apps

    return lambda: apps.get_model(path)._base_manager.filter(**conditions).count()


def _count_leases() -> int:
    from annotate.models import Assignment

    return Assignment.objects.live().count()


def _count_unfinished_rounds() -> int:
    from learner.models import Round

    return Round.objects.unfinished().count()


_FIGURES: dict[str, tuple[str, Callable[[], int]]] = {
    "annotate_projects": ("Projects.", _count("projects.Project")),
    "annotate_items": ("Items of all projects.", _count("annotate.Item")),
    "annotate_queue_open": (
        "Items that can be handed out: they want more people.",
        _count("annotate.QueueEntry", open=True),
    ),
    "annotate_leases": ("Items that people hold right now.", _count_leases),
    "annotate_annotations": ("Stored annotations.", _count("annotate.Annotation")),
    "annotate_rounds_unfinished": ("Rounds that wait or run.", _count_unfinished_rounds),
    "annotate_jobs_waiting": ("Jobs that no worker has taken, or that one works on.", _count("django_q.OrmQ")),
    "annotate_workers": ("Workers that gave a sign of life in the last seconds.", _count_workers),
}
