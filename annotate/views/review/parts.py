"""Reviewing part by part: the merged value in the task type's own editor, with what too few people marked beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.requests import person
from annotate import pseudonyms, reviews
from annotate.api import shapes
from annotate.models import Consensus, Item
from annotate.templatetags import controls
from annotate.views.labelling import label
from annotate.views.review import decisions, review
from projects import guidelines
from projects.access import project_for
from projects.hotkeys import for_scripts
from projects.models import Project, Role

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


def drafted(agreed: Consensus) -> list[dict[str, Any]]:
    """The parts as the editor resumes them: those of the merged value, then as suggestions those left out of it."""
    parts: Sequence[Mapping[str, Any]] = agreed.parts or []
    bare = [{name: part[name] for name in part if name not in FIGURES} for part in parts]
    merged = [{**part, "origin": "accepted"} for part in agreed.value or []]
    left_out = [
        {**place, "origin": "accepted", "suggested": part["probability"], "probability": part["probability"]}
        for part, place in zip(parts, bare, strict=True)
        if place not in (agreed.value or [])
    ]
    return merged + left_out


def _screen(
    request: HttpRequest, project: Project, item: Item, groups: list[reviews.Group], order: str, passed: list[int]
) -> dict[str, Any]:
    labels, reviewer = list(project.labels.all()), person(request)
    people = [annotator for group in groups for annotator in group.people]
    pseudonyms.hide(project, reviewer, people)
    return {
        "project": project,
        "item": label.item_context(item, project),
        "external_id": item.external_id,
        "groups": groups,
        "people": people,
        "answers": [pk for group in groups for pk in group.pks],
        "order_title": reviews.ORDERS[order],
        "task_template": controls.template_of(project),
        "keys_templates": controls.keys_templates_of(project),
        "task_script": f"annotate/tasktypes/{project.task_type}.js",
        "choices": controls.choices(project),
        "columns": controls.columns(labels),
        "enabled": True,
        "whole_form": True,
        "value": item.consensus.value,
        "submit_action": "correct",
        "submit_label": "Accept",
        "options": project.spec.options,
        "guidelines": guidelines.render(project.guidelines),
        "here": review.address(project, order, passed, page="review-parts"),
        "onwards": review.address(project, order, [*passed, item.pk], page="review-parts"),
        "all_answers": review.address(project, order, passed, item.pk),
        "can_undo": decisions.can_undo(request, project.pk),
        "bootstrap": {
            "review": {"item": shapes.content(item), "parts": drafted(item.consensus)},
            "set_up": True,
            "labels": for_scripts(labels),
            "single_keys": reviewer.single_key_shortcuts,
        },
    }
