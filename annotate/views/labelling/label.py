"""The labelling screen: one item, its labels, and a form that works without JavaScript; the script makes it quick."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import person as signed_in
from annotate.api import shapes
from annotate.items.context import shown_beside
from annotate.models import AnnotationChange, Assignment, Flag, Item
from annotate.queue import leasing, part_origins, practice
from annotate.queue.remaining import remaining
from annotate.templatetags import controls
from annotate.views.labelling import actions
from projects import guidelines, itemtypes
from projects.access import project_for
from projects.hotkeys import for_scripts
from projects.models import Project, Suggestions

LOOK_BACK = 10  # so many former answers come with the page, so that undo reaches behind a reload
STATIC = Path(__file__).parents[2] / "static"
PICTURES = "annotate/labelling/images.js"
RECORDS = "annotate/labelling/records.js"
FINDER = ["annotate/labelling/finder.js", "annotate/labelling/matching.js"]
ON_DEMAND = {
    "adding",
    "comments",
    "elsewhere",
    "ending",
    "finder",
    "images",
    "matching",
    "others",
    "records",
    "reviewing",
    "swipe",
    "zoom",
}  # scripts that only some screens load
# The script's parts, so that a browser asks for all of them at once.
MODULES = [
    "annotate/keys.js",
    *sorted(
        str(file.relative_to(STATIC)) for file in STATIC.glob("annotate/labelling/*.js") if file.stem not in ON_DEMAND
    ),
]


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def label(request: HttpRequest, project_id: int) -> HttpResponse:
    project = project_for(request.user, project_id)
    if request.method == "POST":
        return actions.perform(request, project)
    if practice.remaining(project, signed_in(request)):
        return redirect("practice", project.pk)
    return render(request, "annotate/label.html", _screen(request, project))


def _screen(request: HttpRequest, project: Project) -> dict[str, Any]:
    person = signed_in(request)
    labels_version, labels = project.label_set.version, list(project.labels.all())
    generation = leasing.generation(project)
    assignments = _assignments(project, person) if len(labels) >= project.kind.least_labels else []
    current = assignments[0] if assignments else None
    columns = controls.columns(labels)
    counts = remaining(project, person)
    return {
        "project": project,
        "role": project.role_of(person),
        "task_has_labels": project.kind.least_labels > 0,
        "task_template": controls.template_of(project),
        "keys_templates": controls.keys_templates_of(project),
        "task_script": f"annotate/tasktypes/{project.task_type}.js",
        "modules": _modules(project, columns, current),
        "state": "item" if current else "nothing",
        "is_empty": current is None and not project.items.exists(),
        "choices": controls.choices(project, _former(current, request), _suggestion(project, current)),
        "columns": columns,
        "enabled": current is not None,
        "whole_form": True,
        "value": _former(current, request),
        "suggestion": _suggestion(project, current),
        "options": project.spec.options,
        "assignment": current,
        "item": current and item_context(current.item, project),
        "comments": current and current.item.comments.select_related("author").order_by("created_at"),
        "flagged": current and Flag.objects.filter(item=current.item_id, raised_by=person).exists(),
        "guidelines": guidelines.render(project.guidelines),
        "new_guidelines": guidelines.unread(project, person),
        "counts": counts,
        "reach": max(1, counts.today + counts.open),
        "offers_pages": project.page_offers.exists(),
        "can_undo": bool(actions.answered(request, project)),
        "bootstrap": {
            "set_up": len(labels) >= project.kind.least_labels,
            "labels": for_scripts(labels),
            "project": project.pk,
            "person": person.pk,
            "name": person.username,
            "lease_seconds": project.lease_minutes * 60,
            "generation": generation,
            "labels_version": labels_version,
            "suggestions": project.show_suggestions,
            "single_keys": person.single_key_shortcuts,
            **asdict(counts),
            "assignments": [shapes.assignment(assignment) for assignment in assignments],
            "past": _past(project, person),
        },
    }


def _modules(project: Project, columns: str, current: Assignment | None) -> list[str]:
    """The parts of the script that this screen needs from the start."""
    pictures = [PICTURES] if current and current.item.image else []
    records = [RECORDS] if project.shown_fields or (current and current.item.data is not None) else []
    return [*MODULES, *pictures, *records, *(FINDER if columns == "many" else [])]


def _assignments(project: Project, person: User) -> list[Assignment]:
    """What the person holds already, else one item: a page that is merely open keeps no more from others."""
    return leasing.held(project, person) or leasing.lease(project, person, 1)


def _past(project: Project, person: User) -> list[dict[str, Any]]:
    """The newest answers, oldest first, as the script keeps them."""
    newest = (
        project.annotations.filter(annotator=person)
        .select_related("assignment__item", "assignment__project")
        .order_by("-created_at")
    )
    return [
        {
            "assignment": shapes.assignment(answer.assignment),
            "action": "answer",
            "value": part_origins.resumed(project.kind, answer.value, answer.part_origins),
            "key": answer.client_key,
        }
        for answer in reversed(newest[:LOOK_BACK])
    ]


def _former(assignment: Assignment | None, request: HttpRequest) -> Any:
    """The value that was just taken back, so that its choice is lit again; None without one."""
    if assignment is None or request.GET.get("again") != str(assignment.pk):
        return None
    changes = AnnotationChange.objects.filter(item=assignment.item_id, annotator=assignment.annotator_id)
    return changes.order_by("-id").values_list("value", flat=True).first()


def _suggestion(project: Project, assignment: Assignment | None) -> dict[str, Any] | None:
    """What a model says of the item, where the project shows it from the start."""
    suggestion = assignment.suggestion_shown if assignment else None
    return suggestion if project.show_suggestions == Suggestions.SHOWN and isinstance(suggestion, dict) else None


def item_context(item: Item, project: Project) -> dict[str, Any]:
    """The item as the template of its type shows it."""
    name, item_type, content = itemtypes.shown_by(item)
    shown = {"id": item.pk, "template": f"annotate/items/{name}.html", "context": shown_beside(item, project)}
    return {**shown, **item_type.shown(content)}
