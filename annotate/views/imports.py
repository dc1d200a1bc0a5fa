"""Importing on the page: send a file, watch it being read, see what became of its rows."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from annotate.imports import jobs
from annotate.imports.examples import examples
from annotate.models import Import
from annotate_kit.formats import writers
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.readers import registry as readers
from core.middleware.body_limit import takes_uploads
from projects.access import project_for
from projects.models import Project, Role

SHOWN_REJECTED = 100
SHOWN_IMPORTS = 20
STOP_POLLING = 286
FORM_BYTES = 2**16  # what the body has besides the file


class FileForm(forms.Form):
    file = forms.FileField(allow_empty_file=True, label="A file of items")
    folders_are_labels = forms.BooleanField(
        required=False, label="In a zip of images, the folder is the right label (gold)"
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
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_BYTES + FORM_BYTES:
        return _page(request, project, FileForm(), 413)
    return _receive(request, project)


@csrf_protect
def _receive(request: HttpRequest, project: Project) -> HttpResponse:
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, project, form, 400)
    file, folders = form.cleaned_data["file"], form.cleaned_data["folders_are_labels"]
    try:
        started = jobs.receive(project, file, by=request.user, folders_are_labels=folders)  # type: ignore[arg-type]
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
            (one, jobs.state(one))
            for one in project.imports.select_related("by").defer("rejected").order_by("-id")[:SHOWN_IMPORTS]
        ],
    }
    return render(request, "annotate/imports.html", context, status=status)


@login_required
@require_GET
def one(request: HttpRequest, project_id: int, import_id: int) -> HttpResponse:
    return render(request, "annotate/import.html", _context(request, project_id, import_id))


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
        messages.warning(request, "This import runs, has ended, or its file is gone. Send the file again.")
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
    for found in examples(project):
        if found.reader == reader and found.is_file:
            disposition = f'attachment; filename="example{found.suffixes.split()[0]}"'
            headers = {"Content-Disposition": disposition}
            return HttpResponse(found.text, content_type="text/plain; charset=utf-8", headers=headers)
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
