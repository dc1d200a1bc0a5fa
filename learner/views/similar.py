"""The page of the items most like chosen ones, and what managers do with them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.requests import person, whole_number
from annotate import consensus
from annotate.items import actions, search
from annotate.items.selection import Selection
from annotate.queue import ordering
from annotate.queue.ordering import Priority
from learner.features import likeness
from learner.features.likeness import MOST_EXAMPLES
from projects.access import project_for
from projects.models import Project, Role

SHOWN = 48
DAYS = 1  # that items which somebody takes to label now stay theirs


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def similar(request: HttpRequest, project_id: int) -> HttpResponse:
    """The items most like those of `?to=`; a POST comes from the list of items, or says what to do with these."""
    if request.method == "POST":
        return _perform(request, project_for(request.user, project_id, Role.MANAGER))
    project = project_for(request.user, project_id, Role.REVIEWER)
    ids, only_open = _numbers(request.GET.getlist("to")), request.GET.get("state") == "open"
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
    ids = _numbers(request.POST.getlist("ids"))
    action, here = request.POST.get("action", ""), QueryDict(request.POST.get("query", "").lstrip("?"))
    if not action:
        return redirect(_address(project, _query(ids, only_open=False)))
    if not ids:
        messages.error(request, "No item is chosen. Tick the boxes of some.")
    elif action == "next":
        _ask_next(request, project, ids)
    elif action == "label" and _take(request, project, ids):
        return redirect("label", project.pk)
    return redirect(_address(project, _query(_numbers(here.getlist("to")), here.get("state") == "open")))


def _ask_next(request: HttpRequest, project: Project, ids: Sequence[int]) -> None:
    """Put them first in the queue, the most alike of them before the others."""
    changed = ordering.set_urgent(project, [Priority(item, place) for place, item in enumerate(ids, start=1)])
    sentence = f"{changed} item{pluralize(changed)} will be asked about next. Those that are done stay done."
    messages.success(request, sentence)


def _take(request: HttpRequest, project: Project, ids: Sequence[int]) -> bool:
    """Lease them to who asks, if they may still label any of them."""
    outcome = actions.assign(project, Selection(ids=ids), [person(request)], DAYS)
    if not outcome.changed:
        messages.error(request, "You have labelled these already, or hold as many items as one person may.")
    return outcome.changed > 0


def _numbers(texts: Sequence[str]) -> list[int]:
    """Ids of items, each once, as many as one search compares with."""
    return list(dict.fromkeys(filter(None, map(whole_number, texts))))[:MOST_EXAMPLES]


def _query(ids: Sequence[int], only_open: bool) -> str:
    pairs: list[tuple[str, Any]] = [("to", pk) for pk in ids]
    return f"?{urlencode([*pairs, ('state', 'open')] if only_open else pairs)}"


def _address(project: Project, query: str) -> str:
    return reverse("items-similar", args=[project.pk]) + query
