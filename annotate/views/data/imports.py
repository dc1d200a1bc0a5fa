"""Importing on the page: send a file, watch it being read, see what became of its rows."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import person
from annotate.imports import jobs, preview
from annotate.imports.examples import examples
from annotate.models import Import
from annotate.views.data.column_form import ColumnForm
from annotate_kit.formats import writers
from annotate_kit.formats.columns import context_of
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.readers import registry as readers
from annotate_kit.formats.records import Record
from core.limits import is_longer_than_uploads
from core.middleware.body_limit import takes_uploads
from projects.access import project_for
from projects.models import Project, Role

SHOWN_REJECTED = 100
SHOWN_IMPORTS = 20
STOP_POLLING = 286


class FileForm(forms.Form):
    file = forms.FileField(allow_empty_file=True, label="A file of items")
    folders_are_labels = forms.BooleanField(
        required=False, label="In a zip of images, the folder is the right label (gold)"
    )
    create_annotators = forms.BooleanField(
        required=False, label="Make members who cannot log in of people whose answers it has and who have no account"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        suffixes = [suffix for name in readers.names for suffix in readers.load(name).suffixes]
        self.fields["file"].help_text = f"{', '.join(suffixes)}; up to {filesizeformat(settings.UPLOAD_BYTES)}."
        self.fields["file"].widget.attrs["accept"] = ",".join(suffixes)


@takes_uploads
@csrf_exempt  # the check reads the whole body: first see that it is not too long; `_receive` checks then
@login_required
def imports(request: HttpRequest, project_id: int) -> HttpResponse:
    project = project_for(request.user, project_id, Role.MANAGER)
    if request.method != "POST":
        return _page(request, project, FileForm())
    if is_longer_than_uploads(request):
        return _page(request, project, FileForm(), 413)
    return _receive(request, project)


@csrf_protect
def _receive(request: HttpRequest, project: Project) -> HttpResponse:
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, project, form, 400)
    choices = {name: form.cleaned_data[name] for name in ("folders_are_labels", "create_annotators")}
    try:
        started = jobs.receive(project, form.cleaned_data["file"], by=person(request), ask=True, **choices)
    except Unreadable as error:
        form.add_error("file", f"{error}.")
        return _page(request, project, form, 400)
    return redirect("import-one", project.pk, started.pk)


def _page(request: HttpRequest, project: Project, form: FileForm, status: int = 200) -> HttpResponse:
    context = {
        "project": project,
        "role": Role.MANAGER,
        "form": form,
        "most_bytes": settings.UPLOAD_BYTES,
        "too_large": status == 413,
        "examples": examples(project),
        "imports": [
            (started, jobs.state(started))
            for started in project.imports.select_related("by").defer("rejected").order_by("-id")[:SHOWN_IMPORTS]
        ],
    }
    return render(request, "annotate/imports.html", context, status=status)


@login_required
@require_GET
def import_page(request: HttpRequest, project_id: int, import_id: int) -> HttpResponse:
    context = _context(request, project_id, import_id)
    if context["state"] == Import.Status.CHOOSING:
        return _ask_columns(request, context["import"])
    return render(request, "annotate/import.html", context)


@login_required
@require_POST
def columns(request: HttpRequest, project_id: int, import_id: int) -> HttpResponse:
    """Import by the chosen columns, give the file up, or show what would become of its first rows."""
    started = _import(request, project_id, import_id)
    if started.status != Import.Status.CHOOSING:
        messages.warning(request, "The columns of this file were chosen already.")
        return redirect("import-one", project_id, import_id)
    if request.POST.get("act") == "give up":
        jobs.give_up(started)
        return redirect("import", project_id)
    form = _column_form(request, started)
    if request.headers.get("HX-Request"):
        return render(request, "annotate/import_outcome.html", _outcome(started, form))
    if not form.is_valid():
        return _ask_columns(request, started, form, 400)
    jobs.begin(started, form.roles, create_annotators=form.cleaned_data["create_annotators"])
    return redirect("import-one", project_id, import_id)


def _column_form(request: HttpRequest, started: Import) -> ColumnForm:
    people = started.project.memberships.of_people().values_list("user__username", flat=True)
    data = request.POST if request.method == "POST" else None
    return ColumnForm(data, jobs.sample_of(started), dict(started.columns or []), people, started.create_annotators)


def _ask_columns(
    request: HttpRequest, started: Import, form: ColumnForm | None = None, status: int = 200
) -> HttpResponse:
    form = form or _column_form(request, started)
    context = {"project": started.project, "role": Role.MANAGER, "import": started, "form": form}
    return render(request, "annotate/import_columns.html", context | _outcome(started, form), status=status)


def _outcome(started: Import, form: ColumnForm) -> dict[str, Any]:
    """What would become of the first rows by the roles that the form has, if these make records."""
    if form.is_bound and not form.is_valid():
        return {"form": form}
    create = form.cleaned_data["create_annotators"] if form.is_bound else started.create_annotators
    with default_storage.open(started.stored_as) as stream:
        reader = readers.load(started.reader)
        outcome = preview.outcome(started.project, stream, reader, form.roles, create_annotators=create)
    context = context_of(form.roles)
    return {"form": form, "outcome": outcome, "records": [_record(record, context) for record in outcome.records[:3]]}


def _record(record: Record, context: list[str]) -> dict[str, Any]:
    """A record as the page shows it: what people see of it, and what they do not."""
    meta = record.meta or {}
    return {
        "record": record,
        "picture": preview.thumbnail(record.image) if record.image else "",
        "context": [(name, meta[name]) for name in context if name in meta],
        "stored": [name for name in meta if name not in context],
        "answers": [(answer["annotator"], answer["value"]) for answer in record.annotations or []],
    }


@login_required
@require_GET
def progress(request: HttpRequest, project_id: int, import_id: int) -> HttpResponse:
    """The changing part of the page of one import; 286 tells htmx that it won't change any more."""
    context = _context(request, project_id, import_id)
    status = 200 if context["goes_on"] else STOP_POLLING
    return render(request, "annotate/import_state.html", context, status=status)


@login_required
@require_POST
def again(request: HttpRequest, project_id: int, import_id: int) -> HttpResponse:
    started = _import(request, project_id, import_id)
    if not jobs.send_again(started):
        messages.warning(request, "This import runs, has ended, or its file was deleted. Send the file again.")
    return redirect("import-one", project_id, import_id)


@login_required
@require_GET
def rejected(request: HttpRequest, project_id: int, import_id: int) -> HttpResponse:
    """The rejected rows as CSV: what to correct."""
    started = _import(request, project_id, import_id)
    writer = writers.registry.load("csv")
    content = b"".join(writer.write(started.rejected, ["row", "external_id", "error"]))
    disposition = f'attachment; filename="rejected-{started.pk}.csv"'
    return HttpResponse(content, content_type=writer.content_type, headers={"Content-Disposition": disposition})


@login_required
@require_GET
def example(request: HttpRequest, project_id: int, reader: str) -> HttpResponse:
    """An example of a format, to be filled in."""
    project = project_for(request.user, project_id, Role.MANAGER)
    for example_file in examples(project):
        if example_file.reader == reader and example_file.is_file:
            disposition = f'attachment; filename="example{example_file.suffixes.split()[0]}"'
            headers = {"Content-Disposition": disposition}
            return HttpResponse(example_file.text, content_type="text/plain; charset=utf-8", headers=headers)
    raise Http404("There is no such example.")


def _import(request: HttpRequest, project_id: int, import_id: int) -> Import:
    project = project_for(request.user, project_id, Role.MANAGER)
    return get_object_or_404(project.imports.select_related("project", "by"), pk=import_id)


def _context(request: HttpRequest, project_id: int, import_id: int) -> dict[str, Any]:
    started = _import(request, project_id, import_id)
    state = jobs.state(started)
    return {
        "project": started.project,
        "role": Role.MANAGER,
        "import": started,
        "state": state,
        "goes_on": state in ("queued", "unattended", "running"),
        "rows": started.created + started.updated + started.unchanged + started.rejected_count,
        "rejected": started.rejected[:SHOWN_REJECTED],
        "not_shown": started.rejected_count - min(SHOWN_REJECTED, len(started.rejected)),
    }
