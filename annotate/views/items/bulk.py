"""What is done with many items at once: chosen by their boxes, or all that the list shows."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.requests import person, whole_number
from annotate.items import actions, deleted
from annotate.items.selection import Selection, extent
from annotate.views.items.items_query import FILTERS, LARGEST, conditions
from projects.access import project_for
from projects.models import Project, Role

MOST_IDS = 1000
_SENTENCES = {
    "votes_wanted": "{} now want another number of votes.",
    "priority": "{} now stand elsewhere in the queue.",
    "flag": "{} now have your flag.",
    "unflag": "{} are no longer flagged.",
    "assign": "{} are assigned. Nobody gets what they have answered, or holds more than 100.",
    "reopen": "{} can be labelled again.",
}


class ActionForm(forms.Form):
    """What the actions need, in the bar below the list."""

    votes_wanted = forms.IntegerField(min_value=1, max_value=100, required=False)
    priority = forms.FloatField(min_value=0, max_value=1e9, required=False)
    people = forms.ModelMultipleChoiceField(User.objects.none(), to_field_name="username", required=False)
    days = forms.IntegerField(min_value=1, max_value=actions.LONGEST_DAYS, required=False)

    def __init__(self, project: Project, data: QueryDict) -> None:
        super().__init__(data)
        members = User.objects.filter(memberships__project=project, is_active=True)
        self.fields["people"].queryset = members  # type: ignore[attr-defined]

    def values(self, action: str) -> dict[str, Any] | None:
        """The values of an action; None where they make no sense."""
        if not self.is_valid():
            return None
        values = {**self.cleaned_data, "days": self.cleaned_data["days"] or 3}
        if action in ("votes_wanted", "people") and not values[action]:
            return None
        return None if action == "assign" and not values["people"] else values


@login_required
@require_POST
def bulk(request: HttpRequest, project_id: int) -> HttpResponse:
    project = project_for(request.user, project_id, Role.MANAGER)
    query = QueryDict(request.POST.get("query", "").lstrip("?"))
    selection = _selection(project, request.POST, query)
    action = request.POST.get("action", "")
    if selection.conditions is None and not selection.ids:
        messages.error(request, "No item is chosen. Tick the boxes of some, or all that match.")
    elif action == "delete":
        return _delete(request, project, selection, query)
    elif action == "export":
        return redirect(f"/projects/{project.pk}/export/?{_as_query(selection, query)}")
    else:
        _perform(request, project, selection, action)
    return redirect(_list(project, query))


def _selection(project: Project, form_data: QueryDict, query: QueryDict) -> Selection:
    if form_data.get("everything"):
        return Selection(conditions(project, query))
    return Selection(ids=[pk for pk in map(whole_number, form_data.getlist("ids")[:MOST_IDS]) if pk])


def _as_query(selection: Selection, query: QueryDict) -> str:
    """The selection in an address, as the page of exports takes it."""
    if selection.conditions is None:
        return urlencode({"ids": ",".join(map(str, selection.ids))}, safe=",")
    return urlencode({name: query[name] for name in FILTERS if query.get(name)})


def _perform(request: HttpRequest, project: Project, selection: Selection, action: str) -> None:
    name = "priority" if action == "no_priority" else action
    values = ActionForm(project, request.POST).values(name)
    if name not in actions.ACTIONS or values is None or (action == "priority" and values["priority"] is None):
        messages.error(request, "Nothing was changed: say a number of votes or a priority, or choose people.")
        return
    if action == "no_priority":
        values["priority"] = None
    outcome = actions.perform(project, selection, person(request), name, values)
    messages.success(request, _SENTENCES[name].format(f"{intcomma(outcome.changed)} of {_items(outcome.items)}"))


def _delete(request: HttpRequest, project: Project, selection: Selection, query: QueryDict) -> HttpResponse:
    """Say what would go; and when that is agreed to, and nobody has annotated more meanwhile, delete it."""
    agreed = request.POST.get("annotations", "")
    more = False
    if agreed.isdecimal():
        try:
            deletion = deleted.delete(project, selection, person(request), whole_number(agreed))
            return redirect(_list(project, query, deletion=deletion.pk))
        except deleted.MoreAnnotations:
            more = True
    context = {
        "project": project,
        "role": Role.MANAGER,
        "extent": extent(project, selection),
        "more": more,
        "ids": selection.ids,
        "everything": selection.conditions is not None,
        "query": request.POST.get("query", ""),
        "back": _list(project, query),
    }
    return render(request, "annotate/items_delete.html", context)


@login_required
@require_POST
def restore(request: HttpRequest, project_id: int, deletion_id: int) -> HttpResponse:
    project = project_for(request.user, project_id, Role.MANAGER)
    try:
        restored = deleted.restore(deleted.restorable(project, min(deletion_id, LARGEST)), person(request))
    except deleted.NotRestorable as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{_items(restored.items)} restored, with all that was said of them.")
        if restored.not_restored:
            names = ", ".join(restored.taken)
            messages.warning(request, f"{_items(restored.not_restored)} stay deleted, imported anew since: {names}")
    return redirect(_list(project, QueryDict(request.POST.get("query", "").lstrip("?"))))


def _items(count: int) -> str:
    return f"{intcomma(count)} item{pluralize(count)}"


def _list(project: Project, query: QueryDict, **more: Any) -> str:
    pairs = [(name, value) for name, values in query.lists() for value in values if name != "deletion"]
    return f"/projects/{project.pk}/items/?{urlencode([*pairs, *more.items()])}"
