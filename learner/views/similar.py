"""The page of the items most like chosen ones, and what managers do with them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.requests import person
from annotate import consensus
from annotate.items import search
from learner.features import likeness
from learner.views import chosen_items
from learner.views.chosen_items import SHOWN, numbers
from projects.access import project_for
from projects.models import Project, Role


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def similar(request: HttpRequest, project_id: int) -> HttpResponse:
    """The items most like those of `?to=`; a POST comes from the list of items, or says what to do with these."""
    if request.method == "POST":
        return _perform(request, project_for(request.user, project_id, Role.MANAGER))
    project = project_for(request.user, project_id, Role.REVIEWER)
    ids, only_open = numbers(request.GET.getlist("to")), request.GET.get("state") == "open"
    agreed = consensus.items(project, wait=False)
    examples = search.load(agreed, ids)
    if not examples:
        messages.error(request, "No item is chosen. Tick the boxes of some, and ask for more like these.")
        return redirect("items", project.pk)
    alike = likeness.most_like(project, np.array([item.pk for item in examples]), SHOWN, only_open=only_open)
    similarities = dict(zip(alike.items.tolist(), alike.similarities.tolist(), strict=True))
    shown = search.load(agreed, alike.items.tolist())
    context = {
        "project": project,
        "role": project.role_of(person(request)),
        "examples": examples,
        "lacking": alike.lacking,
        "shown": [(item, similarities[item.pk]) for item in shown],
        "only_open": only_open,
        "query": _query(ids, only_open),
        "other_query": _query(ids, not only_open),
    }
    return render(request, "learner/similar.html", context)


def _perform(request: HttpRequest, project: Project) -> HttpResponse:
    ids = numbers(request.POST.getlist("ids"))
    action, here = request.POST.get("action", ""), QueryDict(request.POST.get("query", "").lstrip("?"))
    if not action:
        return redirect(_address(project, _query(ids, only_open=False)))
    if chosen_items.perform(request, project, action, ids):
        return redirect("label", project.pk)
    return redirect(_address(project, _query(numbers(here.getlist("to")), here.get("state") == "open")))


def _query(ids: Sequence[int], only_open: bool) -> str:
    pairs: list[tuple[str, Any]] = [("to", pk) for pk in ids]
    return f"?{urlencode([*pairs, ('state', 'open')] if only_open else pairs)}"


def _address(project: Project, query: str) -> str:
    return reverse("items-similar", args=[project.pk]) + query
