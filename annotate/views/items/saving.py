"""Managers save the list of items that they look at as a view, rename it and remove it."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.requests import person
from annotate.models import SavedView
from annotate.views.items.items_query import ItemsQuery
from projects.access import project_for
from projects.models import Role


class ViewForm(forms.ModelForm):
    """The name under which a list is saved."""

    class Meta:
        model = SavedView
        fields = ["name", "query"]


@login_required
@require_POST
def save_view(request: HttpRequest, project_id: int) -> HttpResponse:
    """Save the list whose `query` is posted under a name."""
    project, me = project_for(request.user, project_id, Role.MANAGER), person(request)
    query = ItemsQuery(project, QueryDict(request.POST.get("query", "").lstrip("?")), me).address()
    _save(request, SavedView(project=project, made_by=me), query)
    return redirect(reverse("items", args=[project.pk]) + query)


@login_required
@require_POST
def change_view(request: HttpRequest, project_id: int, view_id: int) -> HttpResponse:
    """Rename a saved view, or remove it. Its list stays as it is."""
    project = project_for(request.user, project_id, Role.MANAGER)
    view = get_object_or_404(SavedView, project=project, pk=view_id)
    if request.POST.get("action") == "remove":
        view.delete()
        messages.success(request, f"The view “{view.name}” is removed. The items stay.")
    else:
        _save(request, view, view.query)
    return redirect(reverse("items", args=[project.pk]) + view.query)


def _save(request: HttpRequest, view: SavedView, query: str) -> None:
    """Under the posted name, unless another view has it."""
    form = ViewForm({"name": request.POST.get("name", "").strip(), "query": query}, instance=view)
    if not form.is_valid():
        messages.error(request, "A view needs a name of up to 60 characters, and filters of up to 2,000.")
        return
    try:
        with transaction.atomic():
            form.save()
    except IntegrityError:
        messages.error(request, f"There is a view “{view.name}” already. Take another name, or remove that view first.")
    else:
        messages.success(request, f"The view “{view.name}” is saved: your team has it beside the list.")
