"""Accepting all that a search finds: first a sample to look at, then the others in one step."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import person, whole_number
from annotate import acceptance, consensus
from annotate.templatetags.answers import palette
from annotate.views.items.items_query import FILTERS, LARGEST, conditions
from projects.access import project_for
from projects.models import Project, Role


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, project_id: int) -> HttpResponse:
    """A sample of what the filters find; a POST says which of it are right."""
    project = project_for(request.user, project_id, Role.REVIEWER)
    seed = whole_number(request.GET.get("seed", ""))
    if not seed:
        return redirect(_address(project, request.GET, seed=get_random_string(9, "123456789")))
    items = acceptance.waiting(project, conditions(project, request.GET, person(request)))
    sample = acceptance.sample(items, _size(request.GET), seed)
    if request.method == "POST":
        return _accept(request, project, items, sample)
    return _page(request, project, items, sample)


def _page(request: HttpRequest, project: Project, items: list[int], sample: list[int]) -> HttpResponse:
    by_id = consensus.items(project, wait=False).in_bulk(sample)
    context: dict[str, Any] = {
        "project": project,
        "role": project.role_of(person(request)),
        "matching": len(items),
        "most": acceptance.MOST,
        "rest": len(items) - len(sample),
        "sample": [by_id[item] for item in sample if item in by_id],
        "sizes": [(size, _address(project, request.GET, size=str(size))) for size in acceptance.SIZES],
        "size": _size(request.GET),
        "surely_below": acceptance.share_wrong(0, max(1, len(sample))).high,
        "filters": _filters(request.GET),
        "back": f"{reverse('items', args=[project.pk])}?{urlencode(_filters(request.GET))}",
        "palette": palette(project),
    }
    return render(request, "annotate/review_sample.html", context)


def _accept(request: HttpRequest, project: Project, items: list[int], sample: list[int]) -> HttpResponse:
    decisions = {item: request.POST.get(f"right-{item}", "") for item in sample}
    if "" in decisions.values() or not sample:
        messages.error(request, "Say of each whether it is right; some of the sample may have changed meanwhile.")
        return redirect(request.get_full_path())
    try:
        right = {item: decision == "yes" for item, decision in decisions.items()}
        accepted = acceptance.accept(project, person(request), items, right)
    except acceptance.WrongInSample as error:
        messages.warning(request, str(error))
        return redirect(f"{reverse('review', args=[project.pk])}?order=unsure")
    return redirect(_items(project, {**_filters(request.GET), "acceptance": str(accepted.pk)}))


@login_required
@require_POST
def undo(request: HttpRequest, project_id: int, acceptance_id: int) -> HttpResponse:
    """Take one's own acceptance back, in one step."""
    project = project_for(request.user, project_id, Role.REVIEWER)
    accepted = acceptance.undoable(project, person(request), min(acceptance_id, LARGEST))
    if accepted is None:
        messages.error(request, "There is nothing to undo: it was undone, or decided on again since.")
    else:
        undone, stand = acceptance.undo(accepted), accepted.reviews.count()
        messages.success(request, f"Undone: {undone:,} answer{'' if undone == 1 else 's'} wait for a review again.")
        if stand:
            messages.info(request, f"{stand:,} stay as they are: they were changed or decided on again since.")
    return redirect(_items(project, _filters(QueryDict(request.POST.get("query", "").lstrip("?")))))


def _items(project: Project, query: dict[str, str]) -> str:
    return f"{reverse('items', args=[project.pk])}?{urlencode(query)}"


def _filters(query: QueryDict) -> dict[str, str]:
    return {name: str(query[name]) for name in FILTERS if query.get(name)}


def _address(project: Project, query: QueryDict, **changes: str) -> str:
    values = {**query.dict(), **changes}
    return f"{reverse('review-sample', args=[project.pk])}?{urlencode(values)}"


def _size(query: QueryDict) -> int:
    size = whole_number(query.get("size", ""))
    return size if size in acceptance.SIZES else acceptance.SIZES[0]
