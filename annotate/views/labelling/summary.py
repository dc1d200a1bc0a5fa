"""The end of a session of labelling: how it went, and what waits next."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import person
from annotate import consensus
from annotate.queue.remaining import remaining
from annotate.statistics import work_session
from annotate.views.home import Card, cards
from projects.access import project_for, projects_of
from projects.models import Project

MOST_NEXT = 3  # other projects


@never_cache
@login_required
@require_safe
def summary(request: HttpRequest, project_id: int) -> HttpResponse:
    """A page, or with `?card` what the labelling screen shows in its place when nothing is left."""
    project = project_for(request.user, project_id)
    me = person(request)
    consensus.fresh(project, wait=False)
    context = {
        "project": project,
        "role": project.role_of(me),
        "session": work_session.latest(project, me),
        "agreement": work_session.agreement(project, me),
        "remaining": remaining(project, me),
        "next": _next(project, me),
    }
    template = "session_card" if "card" in request.GET else "label_summary"
    return render(request, f"annotate/{template}.html", context)


def _next(project: Project, user: User) -> list[Card]:
    """Other projects in which something waits for this person, the most urgent first."""
    others = list(projects_of(user).exclude(pk=project.pk).order_by("-id"))
    return [card for card in cards(others, user) if card.sent_back or card.now.waiting][:MOST_NEXT]
