"""The items of a project: found by words, state, label and person; and each on a page of its own."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from annotate import consensus
from annotate.items import search
from annotate.items.search import Wanted
from annotate.models import Annotation, AnnotationChange, Item, Review, annotators_of
from annotate.templatetags.answers import palette
from annotate.views import verdicts
from annotate.views.label_form import person
from projects.access import project_for
from projects.models import Project, Role

LARGEST = 2**63 - 1
HISTORY = 50


@login_required
def items(request: HttpRequest, project_id: int) -> HttpResponse:
    project = project_for(request.user, project_id, Role.REVIEWER)
    consensus.refresh(project, wait=False)
    wanted, after = _wanted(project, request), _number(request.GET.get("after", ""))
    found = search.find(project, wanted, after)
    asked = {name: value for name, value in request.GET.items() if value and name != "after"}
    context = {
        "project": project,
        "role": project.role_of(person(request)),
        "found": found,
        "asked": asked,
        "narrowed": bool(wanted.conditions),
        "first": f"?{urlencode(asked)}" if after else "",
        "next": f"?{urlencode({**asked, 'after': found.after})}" if found.after else "",
        "states": search.STATES.items(),
        "annotators": annotators_of(project).order_by("username"),
        "palette": palette(project),
    }
    return render(request, "annotate/items.html", context)


def _wanted(project: Project, request: HttpRequest) -> Wanted:
    """What is asked for; what there is not is not asked for."""
    state, label = request.GET.get("state", ""), request.GET.get("label", "")
    named = annotators_of(project).filter(username=request.GET.get("annotator", "").replace("\0", ""))
    return Wanted(
        words=request.GET.get("search", "").replace("\0", "").strip(),
        state=state if state in search.STATES else "",
        label=label if label in project.label_names else "",
        person=named.values_list("pk", flat=True).first(),
    )


def _number(text: str) -> int:
    return min(int(text), LARGEST) if text.isdecimal() and len(text) < 20 else 0


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, item_id: int) -> HttpResponse:
    """What is known of an item. Annotators see what it shows and what they said themselves."""
    shown = get_object_or_404(Item.objects.select_related("project"), pk=item_id)
    me, project = person(request), project_for(request.user, shown.project_id)
    role = project.role_of(me)
    reviews = role in Role.REVIEWER.at_least
    if request.method == "POST":
        return _act(request, shown, reviews)
    consensus.refresh(project, wait=False)
    context: dict[str, Any] = {
        "project": project,
        "role": role,
        "reviews": reviews,
        "name": shown.external_id if reviews or not project.hide_external_ids else f"Item {shown.pk}",
        "item": Item.objects.select_related("consensus", "queueentry").get(pk=shown.pk),
        "annotations": _annotations(shown, None if reviews else me),
        "comments": shown.comments.select_related("author").order_by("created_at"),
        "flags": shown.flags.select_related("raised_by").order_by("created_at"),
        "flagged": shown.flags.filter(raised_by=me).exists(),
        "palette": palette(project),
    }
    if reviews:
        context |= {
            "suggestions": shown.suggestions.order_by("-created_at"),
            "history": history(shown),
            "neighbours": _neighbours(shown),
        }
    return render(request, "annotate/item.html", context)


def _annotations(shown: Item, of: User | None) -> list[tuple[Annotation, Review | None, list[int]]]:
    """The answers, each with its newest verdict and the ids that a form about it names; `of` one person, or all."""
    rows: QuerySet[Annotation] = shown.annotations.select_related("annotator").order_by("created_at", "id")
    verdict = {review.annotator_id: review for review in shown.reviews.select_related("reviewer").order_by("id")}
    return [
        (answer, verdict.get(answer.annotator_id), [answer.pk])
        for answer in (rows.filter(annotator=of) if of else rows)
    ]


def history(shown: Item) -> list[dict[str, Any]]:
    """What became of the answers: changes and verdicts, the newest first."""
    changes = AnnotationChange.objects.filter(item=shown).select_related("annotator", "by").order_by("-id")[:HISTORY]
    accepted = shown.reviews.filter(verdict=Review.Verdict.ACCEPTED).select_related("annotator", "reviewer")
    told = [
        {"at": change.at, "by": change.by, "of": change.annotator, "act": change.get_act_display(), "was": change.value}
        for change in changes
    ]
    told += [
        {"at": review.created_at, "by": review.reviewer, "of": review.annotator, "act": "Accepted", "was": review.value}
        for review in accepted.order_by("-id")[:HISTORY]
    ]
    return sorted(told, key=lambda row: row["at"], reverse=True)


def _neighbours(shown: Item) -> dict[str, int | None]:
    near = Item.objects.filter(project=shown.project_id).values_list("pk", flat=True)
    return {
        "before": near.filter(pk__lt=shown.pk).order_by("-pk").first(),
        "after": near.filter(pk__gt=shown.pk).order_by("pk").first(),
    }


def _act(request: HttpRequest, shown: Item, reviews: bool) -> HttpResponse:
    """A comment or a flag by anybody, a verdict by a reviewer; then the page again."""
    act = request.POST.get("act", "")
    if act == "comment":
        _comment(request, shown)
    elif act == "flag":
        flag, raised = shown.flags.get_or_create(raised_by=person(request))
        if not raised:
            flag.delete()
    elif not reviews:
        raise Http404("Only reviewers may do that.")
    else:
        verdicts.give(request, shown)
    return redirect("item", shown.pk)


def _comment(request: HttpRequest, shown: Item) -> None:
    text = request.POST.get("text", "").strip().replace("\0", "")[:2000]
    if text:
        shown.comments.create(author=person(request), text=text)
    else:
        messages.error(request, "The comment is empty.")
