"""The set-up of a project: its fields, its labels, and taking it away."""

from dataclasses import asdict

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.requests import person
from projects import guidelines, setup
from projects.access import project_for
from projects.forms import BaseLabelFormSet, DeleteForm, LabelFormSet, SettingsForm
from projects.labels import pasted
from projects.labels.rows import current_rows
from projects.models import Project, Role


@login_required
def settings(request: HttpRequest, project_id: int) -> HttpResponse:
    project = project_for(request.user, project_id, Role.MANAGER)
    form = SettingsForm(request.POST or None, instance=Project.objects.get(pk=project.pk))
    if request.method == "POST" and form.is_valid() and _changed(project, request, form):
        messages.success(request, "The settings are saved." if form.changed_data else "Nothing was changed.")
        return redirect("settings", project.pk)
    return _page(request, project, form=form)


def _changed(project: Project, request: HttpRequest, form: SettingsForm) -> bool:
    """Whether the settings could be changed; the form says why not."""
    try:
        setup.change(project, person(request), form.cleaned_data)
    except setup.InUse as error:
        form.add_error(None, str(error))
        return False
    return True


@login_required
@require_POST
def labels(request: HttpRequest, project_id: int) -> HttpResponse:
    """Save the label editor, or show it with one more, moved or removed row."""
    project = project_for(request.user, project_id, Role.MANAGER)
    if action := pasted.action_in(request.POST):
        return _page(request, project, editor=LabelFormSet.edited(request.POST, action), unsaved=True)
    editor = LabelFormSet(request.POST, prefix="labels")
    editor.present_names = {label.pk: label.name for label in project.labels.all()}
    editor.least = project.kind.least_labels
    if editor.is_valid():
        try:
            setup.change(project, person(request), {}, editor.rows)
        except setup.InUse as error:
            messages.error(request, str(error))
            return _page(request, project)
        messages.success(request, "The labels are saved.")
        return redirect("settings", project.pk)
    return _page(request, project, editor=editor, unsaved=True)


@login_required
@require_POST
def delete(request: HttpRequest, project_id: int) -> HttpResponse:
    project = project_for(request.user, project_id, Role.MANAGER)
    form = DeleteForm(request.POST, project=project)
    if not form.is_valid():
        return _page(request, project, delete_form=form)
    setup.delete(project, person(request))
    messages.success(request, f"“{form.cleaned_data['name']}” is deleted.")
    return redirect("home")


def _page(
    request: HttpRequest,
    project: Project,
    form: SettingsForm | None = None,
    editor: BaseLabelFormSet | None = None,
    delete_form: DeleteForm | None = None,
    unsaved: bool = False,
) -> HttpResponse:
    context = {
        "project": project,
        "role": Role.MANAGER,
        "guidelines": guidelines.render(project.guidelines),
        "form": form or SettingsForm(instance=project),
        "editor": editor or LabelFormSet.of([asdict(row) for row in current_rows(project)]),
        "has_labels": project.kind.least_labels > 0 or bool(project.label_names) or not setup.is_answered(project),
        "unsaved": unsaved,
        "delete_form": delete_form or DeleteForm(project=project),
        "webhooks": project.webhooks.order_by("pk"),
        "events": project.events.select_related("actor").order_by("-id")[:20],
    }
    return render(request, "projects/settings.html", context)
