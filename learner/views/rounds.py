"""The page of a project's rounds, and what of it other pages show."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import person, whole_number
from learner import status
from learner.evaluation import checks, curve, savings, stopping, suggestion_effect, values
from learner.models import FEWEST_TEST_ITEMS, Round
from learner.pipeline import calibration
from learner.rounds import ask
from projects.access import project_for
from projects.models import Project, Role, Suggestions

AT_ONCE = 30
STOP_POLLING = 286


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rounds(request: HttpRequest, project_id: int) -> HttpResponse:
    """The learning curve and the rounds; a POST starts one."""
    if request.method == "POST":
        return _start(request, project_for(request.user, project_id, Role.MANAGER))
    project = project_for(request.user, project_id, Role.REVIEWER)
    context = _context(request, project) | _suggestions(project) | {"calibration": calibration.of(project)}
    if scored := context["status"].scored:
        context["warnings"] = checks.shown_to(person(request), context["role"], scored)
    return render(request, "learner/rounds.html", context | _worth(project, context["status"].scored))


def _worth(project: Project, scored: Round | None) -> dict[str, Any]:
    """What the labels were worth so far, in words; nothing before the first model, and where none is trained."""
    if scored is None or not project.labels_whole_items:
        return {}
    saved, progress = savings.of(scored), stopping.of(scored)
    return {"worth": {"savings": savings.sentence(saved), "advice": stopping.advice(progress)}}


def _suggestions(project: Project) -> dict[str, Any]:
    """How far suggestions pull people, where any are shown or were."""
    effect = suggestion_effect.of(project)
    if not effect.n_with and project.show_suggestions == Suggestions.HIDDEN:
        return {}
    return {"effect": effect, "meaning": suggestion_effect.sentence(effect.pull) if effect.pull else ""}


def _start(request: HttpRequest, project: Project) -> HttpResponse:
    ask(project, Round.Trigger.CLICK, by=person(request))
    if not status.worker_answers():
        messages.warning(request, "The round waits: the worker does not answer.")
    return redirect("rounds", project.pk)


@login_required
@require_GET
def progress(request: HttpRequest, project_id: int) -> HttpResponse:
    """The part of the page that changes while a round is under way."""
    project = project_for(request.user, project_id, Role.REVIEWER)
    context = _context(request, project)
    return render(request, "learner/progress.html", context, status=_status(context["status"]))


@login_required
@require_GET
def panel(request: HttpRequest, project_id: int) -> HttpResponse:
    """For the dashboard: the latest score, a small curve, and what is under way."""
    project = project_for(request.user, project_id, Role.REVIEWER)
    now = status.of(project)
    small = curve.draw(status.points(project), width=340, height=190)
    context = {"project": project, "status": now, "curve": small, "fewest_test_items": FEWEST_TEST_ITEMS}
    context["figure"] = values.figure_name(project)
    return render(request, "learner/panel.html", context, status=_status(now))


def _status(now: status.Status) -> int:
    return 200 if now.under_way else STOP_POLLING


def _context(request: HttpRequest, project: Project) -> dict[str, Any]:
    points = status.points(project)
    rounds = project.rounds.numbered().select_related("asked_by").order_by("-id")
    before = whole_number(request.GET.get("before", ""))
    older = rounds.filter(id__lt=before) if before else rounds
    page = list(older[: AT_ONCE + 1])
    return {
        "project": project,
        "role": project.role_of(person(request)),
        "status": status.of(project),
        "curves": {"wide": curve.draw(points), "narrow": curve.draw(points, width=340, height=240)},
        "figure": values.figure_name(project),
        "rounds": page[:AT_ONCE],
        "older": page[AT_ONCE - 1].pk if len(page) > AT_ONCE else None,
    }
