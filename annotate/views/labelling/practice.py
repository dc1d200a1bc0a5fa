"""The first items of a new person: each answered, then shown with the right answer and why."""

from typing import Any

import orjson
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import person, whole_number
from annotate.models import Annotation, Assignment
from annotate.queue import leasing, practice, practice_outcome, submitting
from annotate.templatetags.answers import palette
from annotate.views.labelling import editor
from projects import guidelines, label_sets, tasktypes
from projects.access import project_for
from projects.models import Project


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, project_id: int) -> HttpResponse:
    """An item to answer, or with `?answer=` what was answered beside what is right."""
    project, me = project_for(request.user, project_id), person(request)
    if request.method == "POST":
        return _perform(request, project, me)
    remaining = practice.remaining(project, me)
    context = {
        "project": project,
        "role": project.role_of(me),
        "remaining": remaining,
        "items": practice.ITEMS,
        "palette": palette(project),
        "guidelines": guidelines.render(project.guidelines),
    }
    if number := request.GET.get("answer", ""):
        return render(request, "annotate/practice_answer.html", context | _answer(request, project, me, number))
    assignment = practice.next_item(project, me) if remaining else None
    if assignment is None:
        return redirect("label", project.pk)
    done = practice.ITEMS - min(remaining, practice.ITEMS)
    shown = {"assignment": assignment, "item": assignment.item, "number": done + 1, "done": done}
    if not project.labels_whole_items:
        screen = editor.context(project, assignment.item, me, None) | {
            "value": None,
            "here": reverse("practice", args=[project.pk]),
        }
        return render(request, "annotate/practice_parts.html", context | shown | screen)
    return render(request, "annotate/practice.html", context | shown)


def _answer(request: HttpRequest, project: Project, me: User, number: str) -> dict[str, object]:
    """My answer with its item: one of this visit's practice, since right answers are told nowhere else."""
    pk = whole_number(number) if whole_number(number) in request.session.get(_key(project), []) else 0
    answers = Annotation.objects.filter(project=project, annotator=me, item__gold__isnull=False)
    answer = get_object_or_404(answers.select_related("item"), assignment=pk)
    right = tasktypes.labels_named(project.kind, answer.item.gold)
    outcome = practice_outcome.of(answer)
    return {
        "answer": answer,
        "item": answer.item,
        "is_right": outcome.is_right,
        "outcome": outcome,
        "labels": [row for row in project.labels.all() if row.name in right and row.description],
        "explanation": practice.explanation(answer.item),
    }


def _perform(request: HttpRequest, project: Project, me: User) -> HttpResponse:
    own = Assignment.objects.filter(project=project, annotator=me, item__gold__isnull=False).select_related("item")
    assignment = get_object_or_404(own, pk=whole_number(request.POST.get("assignment", "")))
    if not practice.remaining(project, me):
        return redirect("label", project.pk)
    if request.POST.get("act") == "undo":  # the editor had nothing left to take back
        return redirect("practice", project.pk)
    try:
        if request.POST.get("act") == "skip":
            leasing.skip(assignment)
            practice.count(project, me)
            return redirect("practice", project.pk)
        _submit(request, project, assignment)
    except ValueError as error:
        messages.error(request, str(error))
        return redirect("practice", project.pk)
    practice.count(project, me)
    request.session[_key(project)] = [*request.session.get(_key(project), []), assignment.pk][-practice.ITEMS :]
    return redirect(f"{reverse('practice', args=[project.pk])}?answer={assignment.pk}")


def _key(project: Project) -> str:
    return f"practised in {project.pk}"


def _value(request: HttpRequest, project: Project) -> Any:
    """What the editor says, else the form that works without JavaScript; None without an answer."""
    if "value" not in request.POST:
        return project.kind.from_form(request.POST, project.spec)
    try:
        return orjson.loads(request.POST["value"])
    except orjson.JSONDecodeError:
        return None


def _submit(request: HttpRequest, project: Project, assignment: Assignment) -> None:
    if assignment.status != Assignment.Status.LEASED:
        raise ValueError("This item is answered; the next one is below.")
    value = _value(request, project)
    if value is None:
        raise ValueError("Choose a label first." if project.labels_whole_items else "There is no answer yet.")
    submitting.submit(assignment, value, labels_version=label_sets.version_in(request.POST))
