"""Reviewing part by part: the merged value in the task type's own editor, with what too few people marked beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.requests import person
from annotate import pseudonyms, reviews
from annotate.models import Consensus, Item
from annotate.queue import part_origins
from annotate.views.labelling import editor
from annotate.views.review import decisions, review
from projects import guidelines
from projects.access import project_for
from projects.models import Project, Role
from projects.tasktypes import Part

FIGURES = {"probability", "votes"}
"""What a part of a consensus has beside its place and its label."""


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review_parts(request: HttpRequest, project_id: int) -> HttpResponse:
    project = project_for(request.user, project_id, Role.REVIEWER)
    order, passed = review.current_order(request, reviews.counts(project)), review.passed_over(request)
    if request.method == "POST":
        return review.decide(request, project, order, passed, "review-parts")
    item = review.requested_item(request, project) or next(iter(reviews.waiting(project, order, 1, passed)), None)
    groups = reviews.groups(item) if item else []
    if item is None or not groups or not reviews.has_parts(item):
        return redirect(review.address(project, order, passed, item.pk if item else None))
    return render(request, "annotate/review_parts.html", _screen(request, project, item, groups, order, passed))


def drafted(agreed: Consensus) -> Any:
    """The value as the editor resumes it: its parts, then as suggestions those left out of it."""
    kind = agreed.item.project.kind
    value = part_origins.resumed(kind, agreed.value, ["accepted"] * len(kind.parts(agreed.value)))
    parts: Sequence[Mapping[str, Any]] = agreed.parts or []
    places = {_place(part) for part in kind.parts(agreed.value)}
    left_out = [
        {**{name: part[name] for name in part if name not in FIGURES}, "origin": "accepted",
         "suggested": part["probability"], "probability": part["probability"]}
        for part in parts
        for as_part in kind.parts([part])
        if _place(as_part) not in places
    ]  # fmt: skip
    entries = value[kind.entries] if isinstance(value, dict) else value or []
    if hasattr(kind, "drafted"):
        return kind.drafted([*entries, *left_out], agreed.value, parts)
    return [*entries, *left_out]


def _place(part: Part) -> bytes:
    return orjson.dumps([part.label, part.place])


def _screen(
    request: HttpRequest, project: Project, item: Item, groups: list[reviews.Group], order: str, passed: list[int]
) -> dict[str, Any]:
    reviewer = person(request)
    people = [annotator for group in groups for annotator in group.people]
    pseudonyms.hide(project, reviewer, people)
    return editor.context(project, item, reviewer, drafted(item.consensus)) | {
        "project": project,
        "external_id": item.external_id,
        "groups": groups,
        "people": people,
        "answers": [pk for group in groups for pk in group.pks],
        "order_title": reviews.ORDERS[order],
        "value": item.consensus.value,
        "submit_action": "correct",
        "submit_label": "Accept",
        "guidelines": guidelines.render(project.guidelines),
        "here": review.address(project, order, passed, page="review-parts"),
        "onwards": review.address(project, order, [*passed, item.pk], page="review-parts"),
        "all_answers": review.address(project, order, passed, item.pk),
        "can_undo": decisions.can_undo(request, project.pk),
    }
