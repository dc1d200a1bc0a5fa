"""The page of one round, its model as a file, its undo, and two rounds side by side."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import person, whole_number
from annotate_kit.features import registry
from annotate_kit.trained import VECTORS
from learner.evaluation import by_label, checks, reliability
from learner.models import Round
from learner.rounds import NotUndoable, comparing, outcomes, records, undo, undoing
from projects.access import project_for
from projects.models import Project, Role

OFFERED = 20  # rounds that one can be compared with


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def round_page(request: HttpRequest, project_id: int, round_id: int) -> HttpResponse:
    """What decided a round and what came of it; a POST undoes it."""
    if request.method == "POST":
        return _undo(request, project_for(request.user, project_id, Role.MANAGER), round_id)
    project = project_for(request.user, project_id, Role.REVIEWER)
    shown = _round(project, round_id)
    in_force = undoing.in_force(project)
    others = project.rounds.numbered().finished().exclude(pk=shown.pk).order_by("-id")
    has_model = outcomes.model_file(shown) is not None
    role = project.role_of(person(request))
    context = {
        "project": project,
        "role": role,
        "round": shown,
        "record": records.flat(shown.record),
        "warnings": checks.shown_to(person(request), role, shown),
        "in_force": in_force is not None and in_force.pk == shown.pk,
        "others": others[:OFFERED],
        "by_label": by_label.of(shown),
        "reliability": reliability.of(shown),
        "script": _script(shown) if has_model else "",
    }
    return render(request, "learner/round.html", context)


def _undo(request: HttpRequest, project: Project, round_id: int) -> HttpResponse:
    undone = _round(project, round_id)
    try:
        former = undo(undone, person(request))
    except NotUndoable as error:
        messages.error(request, f"Nothing was undone: {error}.")
    else:
        number = former and _round(project, former.pk).number  # type: ignore[attr-defined]
        returned = f"The order of round {number} is" if former else "The project’s own order is"
        messages.success(request, f"{returned} in force again.")
    return redirect("round", project.pk, round_id)


@login_required
@require_GET
def model(request: HttpRequest, project_id: int, round_id: int) -> FileResponse:
    """The model of a round, as a file of skops."""
    round = _round(project_for(request.user, project_id, Role.REVIEWER), round_id)
    name = outcomes.model_file(round)
    if name is None:
        raise Http404(outcomes.NO_MODEL)
    return FileResponse(default_storage.open(name), as_attachment=True, filename=outcomes.file_name(round))


def _script(round: Round) -> str:
    """A script that predicts with the downloaded model."""
    features = round.record.get("parameters", {}).get("features", "")
    context: dict[str, Any] = {
        "file": outcomes.file_name(round),
        "features": features,
        "takes_vectors": features == VECTORS,
        "takes_images": features in registry and registry.load(features).kinds == {"image"},
    }
    return render_to_string("learner/predict.py.txt", context)


@login_required
@require_GET
def compare(request: HttpRequest, project_id: int) -> HttpResponse:
    """Two rounds side by side."""
    project = project_for(request.user, project_id, Role.REVIEWER)
    first, second = (_round(project, whole_number(request.GET.get(name, ""))) for name in ("first", "second"))
    if first.pk > second.pk:
        first, second = second, first
    context = {
        "project": project,
        "role": project.role_of(person(request)),
        "first": first,
        "second": second,
        "rounds": [first, second],
        "compared": comparing.compare(first, second),
        "others": project.rounds.numbered().finished().order_by("-id")[:OFFERED],
        "first_items": comparing.FIRST,
    }
    return render(request, "learner/compare.html", context)


def _round(project: Project, round_id: int) -> Round:
    rounds = project.rounds.numbered().select_related("project", "asked_by", "undone_by")
    found_round = rounds.filter(pk=min(round_id, 2**63 - 1)).first()
    if found_round is None:
        raise Http404("There is no such round in this project.")
    return found_round
