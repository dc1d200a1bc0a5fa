"""What the labelling screen's form does without JavaScript: one action, then the page again."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.requests import person, whole_number
from annotate.models import Assignment, Comment, Flag
from annotate.queue import leasing, submitting
from projects import guidelines, label_sets, setup
from projects.models import Project

MOST_UNDONE = 50  # so many answers can be taken back


def perform(request: HttpRequest, project: Project) -> HttpResponse:
    """Do what the pressed button says, and show the page again."""
    action = ACTIONS.get(request.POST.get("act", "submit"))
    if action is None:
        messages.error(request, f"There is no such action; there are {', '.join(ACTIONS)}.")
        return redirect("label", project.pk)
    try:
        return action(request, project) or redirect("label", project.pk)
    except ValueError as error:
        messages.error(request, str(error))
        return redirect("label", project.pk)


def _submit(request: HttpRequest, project: Project) -> None:
    assignment = _own(request, project)
    value = project.kind.from_form(request.POST, project.spec)
    if value is None:
        raise ValueError("Choose a label first." if project.labels_whole_items else "There is no answer yet.")
    submitting.submit(assignment, value, labels_version=label_sets.version_in(request.POST))
    _remember(request, project, assignment)


def _skip(request: HttpRequest, project: Project) -> None:
    assignment = _own(request, project)
    leasing.skip(assignment, request.POST.get("reason", "").strip())
    _remember(request, project, assignment)


def _undo(request: HttpRequest, project: Project) -> HttpResponse:
    """Take the newest answer or skip of this session back; again for the one before it."""
    done = answered(request, project)
    if not done:
        raise ValueError("There is nothing to take back.")
    request.session[_key(project)] = done[:-1]
    assignment = submitting.undo(_own(request, project, done[-1]))
    response = redirect("label", project.pk)
    response["Location"] += f"?again={assignment.pk}"
    return response


def _flag(request: HttpRequest, project: Project) -> None:
    """Raise the flag, or lower it when it is up."""
    flag, raised = Flag.objects.get_or_create(item=_own(request, project).item, raised_by=person(request))
    if not raised:
        flag.delete()


def _comment(request: HttpRequest, project: Project) -> None:
    text = request.POST.get("text", "").strip()[:2000]
    if not text:
        raise ValueError("The comment is empty.")
    Comment.objects.create(item=_own(request, project).item, author=person(request), text=text)
    messages.success(request, "The comment is saved.")


def _add_label(request: HttpRequest, project: Project) -> None:
    if not project.annotators_add_labels:
        raise ValueError("This project does not let annotators add labels.")
    label, _ = setup.add_label(project, person(request), request.POST.get("name", ""))
    messages.success(request, f"“{label}” is a label now: choose it below.")


def _read_guidelines(request: HttpRequest, project: Project) -> None:
    guidelines.mark_read(project, person(request))


ACTIONS: dict[str, Callable[[HttpRequest, Project], HttpResponse | None]] = {
    "submit": _submit,
    "skip": _skip,
    "undo": _undo,
    "flag": _flag,
    "comment": _comment,
    "add_label": _add_label,
    "read_guidelines": _read_guidelines,
}


def _own(request: HttpRequest, project: Project, pk: int | None = None) -> Assignment:
    """This person's assignment in this project, by the form unless `pk` says which; or 404."""
    own = Assignment.objects.filter(project=project, annotator=person(request)).select_related("item")
    assignment = get_object_or_404(own, pk=pk or whole_number(request.POST.get("assignment", "")))
    assignment.project = project
    return assignment


def answered(request: HttpRequest, project: Project) -> list[int]:
    """The assignments answered or skipped in this session without JavaScript, oldest first."""
    return request.session.get(_key(project), [])


def _remember(request: HttpRequest, project: Project, assignment: Assignment) -> None:
    answered_before = [pk for pk in answered(request, project) if pk != assignment.pk]
    request.session[_key(project)] = [*answered_before, assignment.pk][-MOST_UNDONE:]


def _key(project: Project) -> str:
    return f"answered in {project.pk}"
