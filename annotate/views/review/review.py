"""Reviewing: one item after the other, equal answers side by side with the others, a decision by one key."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.requests import person, whole_number
from annotate import consensus, pseudonyms, reviews
from annotate.models import Item, SuspectShare
from annotate.templatetags.answers import palette
from annotate.views.review import decisions
from projects import guidelines
from projects.access import project_for
from projects.models import Project, Role

NEXT = 6  # items shown beside the one at hand
PASSED = 100  # so many items that were passed over stand in the address


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, project_id: int) -> HttpResponse:
    project = project_for(request.user, project_id, Role.REVIEWER)
    waiting = reviews.counts(project)
    order, passed = current_order(request, waiting), passed_over(request)
    if request.method == "POST":
        return decide(request, project, order, passed)
    me = person(request)
    queue = reviews.waiting(project, order, NEXT + 1, passed)
    item = requested_item(request, project) or next(iter(queue), None)
    groups = reviews.groups(item) if item else []
    comments = list(item.comments.select_related("author").order_by("created_at")) if item else []
    flags = list(item.flags.select_related("raised_by")) if item else []
    pseudonyms.hide(project, me, [user for group in groups for user in group.people])
    pseudonyms.hide(project, me, [row.author for row in comments] + [row.raised_by for row in flags])
    context: dict[str, Any] = {
        "project": project,
        "role": project.role_of(me),
        "order": order,
        "orders": [(name, title, waiting[name], address(project, name)) for name, title in reviews.ORDERS.items()],
        "most": reviews.MOST_COUNTED,
        "item": item,
        "next": [other for other in queue if item and other.pk != item.pk][:NEXT],
        "groups": groups,
        "comments": comments,
        "suspicion": reviews.suspicion(item) if item else None,
        "suspect_share": SuspectShare.objects.filter(project=project).first() if order == "suspect" else None,
        "flags": flags,
        "here": address(project, order, passed),
        "onwards": address(project, order, [*passed, item.pk]) if item else "",
        "back": address(project, order, passed[:-1], passed[-1]) if passed else "",
        "passed": len(passed),
        "can_undo": decisions.can_undo(request, project.pk),
        "by_parts": address(project, order, passed, item.pk, "review-parts")
        if item and reviews.has_parts(item)
        else "",
        "palette": palette(project),
        "guidelines": guidelines.render(project.guidelines),
        "single_keys": me.single_key_shortcuts,
    }
    return render(request, "annotate/review.html", context)


def current_order(request: HttpRequest, waiting: dict[str, int]) -> str:
    """The order asked for, else the first in which something waits."""
    order = request.GET.get("order", "")
    return order if order in reviews.ORDERS else next((name for name, n in waiting.items() if n), "disputed")


def passed_over(request: HttpRequest) -> list[int]:
    numbers = request.GET.get("passed", "").split(",")
    return [whole_number(number) for number in numbers if whole_number(number)][-PASSED:]


def requested_item(request: HttpRequest, project: Project) -> Item | None:
    pk = whole_number(request.GET.get("item", ""))
    return consensus.items(project, wait=False).filter(pk=pk).first() if pk else None


def decide(request: HttpRequest, project: Project, order: str, passed: list[int], page: str = "review") -> HttpResponse:
    """Store the decision; then the next item, or this one again when it could not be given. Or undo the newest one."""
    if request.POST.get("act") == "undo":
        return redirect(address(project, order, passed, decisions.undo(request, project.pk), page))
    item = get_object_or_404(Item, project=project, pk=whole_number(request.POST.get("item", "")))
    is_stored = decisions.give(request, item)
    return redirect(address(project, order, passed, None if is_stored else item.pk, page))


def address(
    project: Project, order: str, passed: list[int] | None = None, item: int | None = None, page: str = "review"
) -> str:
    query: dict[str, Any] = {"order": order}
    if passed:
        query["passed"] = ",".join(map(str, passed[-PASSED:]))
    if item is not None:
        query["item"] = item
    return f"{reverse(page, args=[project.pk])}?{urlencode(query, safe=',')}"
