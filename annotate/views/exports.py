"""Exporting on the page: choose what and how, see how much it is, download it."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from annotate.exports.rows import ANNOTATORS, ITEMS, WHAT, content_type, counts, export, file_name, formats
from annotate.models import annotators_of
from projects.access import project_for
from projects.models import Project, Role

_ABOUT = {
    "jsonl": "An object a line. For programs and for us: lists and objects stay what they are.",
    "csv": "For spreadsheets. Formulas are neutralised, lists and objects are written as JSON.",
    "peerannot": "Answers by number, names, beliefs and known labels: for peerannot, and for `manage.py crowd`.",
    "parquet": "For pandas, Polars, DuckDB. Small, and every column has its type.",
}


class ExportForm(forms.Form):
    """What is exported. Each field may be left out of the address."""

    format = forms.ChoiceField(widget=forms.RadioSelect, initial="jsonl", required=False)
    what = forms.ChoiceField(choices=list(WHAT.items()), widget=forms.RadioSelect, initial=ITEMS, required=False)
    only_done = forms.BooleanField(label="Only items with all the annotations they want", required=False)
    since = forms.DateTimeField(
        label="Only what was annotated since",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"],
        help_text="UTC.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = formats()  # type: ignore[attr-defined]

    @property
    def chosen(self) -> dict[str, Any]:
        """The arguments of `export`; the defaults where nothing, or nothing sensible, was said."""
        said = self.cleaned_data if self.is_valid() else {}
        return {
            "writer_name": said.get("format") or "jsonl",
            "what": said.get("what") or ITEMS,
            "only_done": said.get("only_done", False),
            "since": said.get("since"),
        }


@login_required
@require_GET
def exports(request: HttpRequest, project_id: int) -> HttpResponse:
    project = project_for(request.user, project_id, Role.MANAGER)
    form = ExportForm(request.GET)
    template = "annotate/export_chosen.html" if request.headers.get("HX-Request") else "annotate/exports.html"
    return render(request, template, _context(request, project, form))


@login_required
@require_GET
def download(request: HttpRequest, project_id: int) -> HttpResponseBase:
    project = project_for(request.user, project_id, Role.MANAGER)
    form = ExportForm(request.GET)
    if not form.is_valid():
        return render(request, "annotate/exports.html", _context(request, project, form), status=400)
    chosen = form.chosen
    name = file_name(project, chosen["writer_name"], chosen["what"])
    try:
        pieces = export(project, **chosen)
    except ValueError as error:
        form.add_error(None, str(error))
        return render(request, "annotate/exports.html", _context(request, project, form), status=400)
    return StreamingHttpResponse(
        pieces,
        content_type=content_type(chosen["writer_name"]),
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _context(request: HttpRequest, project: Project, form: ExportForm) -> dict[str, Any]:
    chosen = form.chosen
    name = file_name(project, chosen["writer_name"], chosen["what"])
    rows = counts(project, only_done=chosen["only_done"], since=chosen["since"])
    rows[ANNOTATORS] = annotators_of(project).count()
    return {
        "project": project,
        "role": Role.MANAGER,
        "form": form,
        "chosen": chosen,
        "formats": [(name, title, _ABOUT.get(name, "")) for name, title in formats()],
        "whats": list(WHAT.items()),
        "rows": rows[chosen["what"]],
        "file_name": name,
        "rest": request.build_absolute_uri(f"/api/projects/{project.pk}/export/?{urlencode(_said(chosen))}"),
        "options": " ".join(_options(chosen)),
    }


def _said(chosen: dict[str, Any]) -> dict[str, str]:
    """What is not the default, as the address of REST says it."""
    said = {"format": chosen["writer_name"]}
    if chosen["what"] != ITEMS:
        said["what"] = chosen["what"]
    if chosen["only_done"]:
        said["only_done"] = "true"
    if chosen["since"]:
        said["since"] = chosen["since"].isoformat()
    return said


def _options(chosen: dict[str, Any]) -> list[str]:
    """The same, as the command takes it."""
    said = _said(chosen)
    return [f"--{name.replace('_', '-')}" + ("" if value == "true" else f" {value}") for name, value in said.items()]
