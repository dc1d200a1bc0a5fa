"""Exporting on the page: choose what and how, see how much it is, download it."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from accounts.requests import whole_number
from annotate.exports.rows import ANNOTATORS, ITEMS, WHAT, content_type, counts, export, file_name, formats
from annotate.items.selection import Selection
from annotate.models import annotators_of
from annotate.views.items.items_query import FILTERS, conditions
from projects.access import project_for
from projects.models import Project, Role

_ABOUT = {
    "huggingface": "For datasets.load_dataset: Parquet files for training and testing, with a data set card.",
    "jsonl": "An object a line. For programs and for us: lists and objects stay what they are.",
    "csv": "For spreadsheets. Formulas are neutralised, lists and objects are written as JSON.",
    "peerannot": "Answers by number, names, beliefs and known labels: for peerannot, and for `manage.py crowd`.",
    "coco": "One JSON file, for detection libraries.",
    "conll": "A row a token with its IOB2 tag. For taggers; spans may not overlap.",
    "docbin": "Binary files, as spaCy trains from.",
    "doccano": "For doccano, and tools that read its lines.",
    "label_studio": "Tasks with their annotations, for Label Studio.",
    "prodigy": "For Prodigy: spans with their tokens, or what was chosen of which options.",
    "spacy": "A text a line with its spans or categories, for training with spaCy.",
    "parquet": "For pandas, Polars, DuckDB. Small, and every column has its type.",
}


class ExportForm(forms.Form):
    """What is exported. Each field may be left out of the address."""

    format = forms.ChoiceField(widget=forms.RadioSelect, initial="jsonl", required=False)
    what = forms.ChoiceField(choices=list(WHAT.items()), widget=forms.RadioSelect, initial=ITEMS, required=False)
    only_done = forms.BooleanField(label="Only items with all the annotations they want", required=False)
    splits = forms.BooleanField(
        label="A file for training and one for testing",
        required=False,
        help_text="In a zip. One item in five is for testing, always the same ones.",
    )
    since = forms.DateTimeField(
        label="Only what was annotated since",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"],
        help_text="UTC.",
    )

    def __init__(self, query: QueryDict, *, project: Project) -> None:
        super().__init__(query)
        self.formats = formats(project)
        self.fields["format"].choices = self.formats  # type: ignore[attr-defined]
        self.chosen: dict[str, str] = {name: str(query[name]) for name in (*FILTERS, "ids") if query.get(name)}
        self._items = _selected(project, query) if self.chosen else None

    @property
    def selection(self) -> dict[str, Any]:
        """The arguments of `export`; the defaults where nothing, or nothing sensible, was sent."""
        form_data = self.cleaned_data if self.is_valid() else {}
        return {
            "writer_name": form_data.get("format") or "jsonl",
            "what": form_data.get("what") or ITEMS,
            "only_done": form_data.get("only_done", False),
            "since": form_data.get("since"),
            "splits": form_data.get("splits", False),
            "items": self._items,
        }


def _selected(project: Project, query: QueryDict) -> Selection:
    """The items that the list has chosen, by their ids or its filter."""
    if query.get("ids"):
        return Selection(ids=[whole_number(pk) for pk in str(query["ids"]).split(",")])
    return Selection(conditions(project, query))


@login_required
@require_GET
def exports(request: HttpRequest, project_id: int) -> HttpResponse:
    project = project_for(request.user, project_id, Role.MANAGER)
    form = ExportForm(request.GET, project=project)
    template = "annotate/export_chosen.html" if request.headers.get("HX-Request") else "annotate/exports.html"
    return render(request, template, _context(request, project, form))


@login_required
@require_GET
def download(request: HttpRequest, project_id: int) -> HttpResponseBase:
    project = project_for(request.user, project_id, Role.MANAGER)
    form = ExportForm(request.GET, project=project)
    if not form.is_valid():
        return render(request, "annotate/exports.html", _context(request, project, form), status=400)
    selection = form.selection
    name = file_name(project, selection["writer_name"], selection["what"], splits=selection["splits"])
    try:
        pieces = export(project, **selection)
    except ValueError as error:
        form.add_error(None, str(error))
        return render(request, "annotate/exports.html", _context(request, project, form), status=400)
    return StreamingHttpResponse(
        pieces,
        content_type=content_type(selection["writer_name"], selection["splits"]),
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _context(request: HttpRequest, project: Project, form: ExportForm) -> dict[str, Any]:
    selection = form.selection
    name = file_name(project, selection["writer_name"], selection["what"], splits=selection["splits"])
    rows = counts(project, only_done=selection["only_done"], since=selection["since"], items=selection["items"])
    rows[ANNOTATORS] = annotators_of(project).count()
    query = urlencode(_query(selection) | form.chosen)
    return {
        "project": project,
        "role": Role.MANAGER,
        "form": form,
        "selection": selection,
        "formats": [(name, title, _ABOUT.get(name, "")) for name, title in form.formats],
        "whats": list(WHAT.items()),
        "rows": rows[selection["what"]],
        "file_name": name,
        "rest": request.build_absolute_uri(f"/api/projects/{project.pk}/export/?{query}"),
        "options": "" if form.chosen else " ".join(_options(selection)),
        "chosen": form.chosen,
    }


def _query(selection: dict[str, Any]) -> dict[str, str]:
    """What is not the default, as the address of REST says it."""
    query = {"format": selection["writer_name"]}
    if selection["what"] != ITEMS:
        query["what"] = selection["what"]
    if selection["only_done"]:
        query["only_done"] = "true"
    if selection["splits"]:
        query["splits"] = "true"
    if selection["since"]:
        query["since"] = selection["since"].isoformat()
    return query


def _options(selection: dict[str, Any]) -> list[str]:
    """The same, as the command takes it."""
    query = _query(selection)
    return [f"--{name.replace('_', '-')}" + ("" if value == "true" else f" {value}") for name, value in query.items()]
