"""A new project in four steps: the kind, the data, the labels or the settings of the kind, the people. Nothing is made
before the last one."""

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any, BinaryIO, cast
from uuid import uuid4

import orjson
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.requests import person
from annotate.imports import jobs
from annotate.imports.preview import Preview, preview
from annotate.models import Import
from annotate.views.data.column_form import ColumnForm
from annotate_kit.formats import readers
from annotate_kit.formats.column_guesses import propose
from annotate_kit.formats.columns import Roles
from annotate_kit.formats.readers import Unreadable
from core.middleware.body_limit import takes_uploads
from projects import guidelines, invitations, itemtypes, setup, tasktypes
from projects.access import NO_PROJECTS, may_make_projects
from projects.forms import BaseLabelFormSet, DataForm, KindForm, LabelFormSet, OptionsForm, PeopleForm
from projects.invitations import mailing
from projects.labels import pasted
from projects.labels.rows import LabelRow
from projects.models import Project

STEPS = {"kind": "Kind", "data": "Data", "labels": "Labels", "people": "People"}
FOLDER = "drafts"
FILE_LIFETIME = timedelta(days=2)


class Draft:
    """The answers so far, stored in the session; an uploaded file waits in the storage."""

    def __init__(self, request: HttpRequest) -> None:
        self.session = request.session
        self.answers: dict[str, Any] = self.session.get("draft", {})

    def keep(self, step: str, answers: dict[str, Any]) -> None:
        self.answers[step] = answers
        self.session["draft"] = self.answers

    def forget(self) -> None:
        self.answers = {}
        self.session.pop("draft", None)

    @property
    def open_step(self) -> str:
        """The first step that is not yet answered."""
        return next((step for step in STEPS if step not in self.answers), "people")

    @property
    def kind(self) -> ModuleType:
        """The task type."""
        return tasktypes.registry.load(self.answers["kind"]["task_type"])

    @property
    def titles(self) -> dict[str, str]:
        """What the steps are called."""
        has_labels = "kind" not in self.answers or self.kind.least_labels
        return STEPS if has_labels else {**STEPS, "labels": "Answers"}

    @property
    def options(self) -> dict[str, Any]:
        """Those that were chosen of this task type."""
        step = self.answers.get("labels", {})
        return step.get("options", {}) if step.get("task_type") == self.answers["kind"]["task_type"] else {}

    @property
    def file(self) -> dict[str, Any]:
        return self.answers.get("data", {})


@takes_uploads
@login_required
def wizard(request: HttpRequest, step: str = "kind") -> HttpResponse:
    """One step: shown, or answered and on to the next one. Later ones send back to the first that is open."""
    if step not in STEPS:
        raise Http404
    if not may_make_projects(request.user):
        raise PermissionDenied(NO_PROJECTS)
    draft = Draft(request)
    if list(STEPS).index(step) > list(STEPS).index(draft.open_step):
        return redirect(_address(draft.open_step))
    return _STEP[step](request, draft)


def _kind(request: HttpRequest, draft: Draft) -> HttpResponse:
    form = KindForm(_posted(request), initial=draft.answers.get("kind"))
    if request.method == "POST" and form.is_valid():
        draft.keep("kind", form.cleaned_data)
        return redirect(_address("data"))
    return _page(request, draft, "kind", form=form)


def _data(request: HttpRequest, draft: Draft) -> HttpResponse:
    form = DataForm(
        _posted(request), request.FILES or None, initial={"folders_are_labels": draft.file.get("folders_are_labels")}
    )
    if request.method != "POST" or not form.is_valid():
        return _data_page(request, draft, form, _column_form(draft))
    if request.POST.get("act") == "leave out":
        _drop_file(draft)
        return redirect(_address("data"))
    if upload := form.cleaned_data["file"] or _pasted(form.cleaned_data["pasted"]):
        if error := _store(draft, upload, form.cleaned_data["folders_are_labels"]):
            form.add_error("file" if form.cleaned_data["file"] else "pasted", error)
            return _page(request, draft, "data", form=form)
        return redirect(_address("data"))  # to look at its first rows
    if columns := _column_form(draft, request.POST):
        if not columns.is_valid():
            return _data_page(request, draft, form, columns)
        _choose(draft, columns)
    else:
        draft.keep("data", {**draft.file, "folders_are_labels": form.cleaned_data["folders_are_labels"]})
    return redirect(_address("labels"))


def _choose(draft: Draft, columns: ColumnForm) -> None:
    """Take over what the columns are; the labels that were given stay where nothing changed."""
    before = draft.file["columns"]
    create = columns.cleaned_data["create_annotators"]
    pairs = [list(pair) for pair in columns.roles.items()]
    draft.keep("data", {**draft.file, "columns": pairs, "create_annotators": create})
    if pairs != [list(pair) for pair in before]:
        _learn(draft, _preview(draft) or Preview())


def _data_page(request: HttpRequest, draft: Draft, form: DataForm, columns: ColumnForm | None) -> HttpResponse:
    file_preview = _preview(draft)
    return _page(request, draft, "data", form=form, preview=file_preview, file=draft.file, columns=columns)


def _column_form(draft: Draft, data: QueryDict | None = None) -> ColumnForm | None:
    """The choice of columns, where the file is a table that needs one."""
    if not draft.file.get("columns") or not default_storage.exists(draft.file["stored_as"]):
        return None
    with default_storage.open(draft.file["stored_as"]) as stream:
        sample = readers.sample(readers.for_file(draft.file["name"], None), cast(BinaryIO, stream))
    assert sample is not None
    create = draft.file.get("create_annotators", False)
    return ColumnForm(data, sample, dict(draft.file["columns"]), create_annotators=create)


def _labels(request: HttpRequest, draft: Draft) -> HttpResponse:
    text = request.POST.get("guidelines", draft.answers.get("labels", {}).get("guidelines", "")).replace("\0", "")
    if not draft.kind.least_labels:
        return _options(request, draft, text)
    if request.method == "POST" and (action := pasted.action_in(request.POST)):
        editor = LabelFormSet.edited(request.POST, action)
        text = _outline(editor) if action == "outline" and not text.strip() else text
        return _page(request, draft, "labels", editor=editor, guidelines=text)
    if request.method != "POST":
        detected = draft.file.get("labels")
        return _page(request, draft, "labels", editor=_label_editor(draft), detected=detected, guidelines=text)
    editor = LabelFormSet(request.POST, prefix="labels")
    editor.least = draft.kind.least_labels
    if not editor.is_valid():
        return _page(request, draft, "labels", editor=editor, guidelines=text)
    rows = [form.cleaned_data for form in editor.forms if form.cleaned_data.get("name")]
    draft.keep("labels", {"rows": rows, "guidelines": text})
    return redirect(_address("people"))


def _options(request: HttpRequest, draft: Draft, text: str) -> HttpResponse:
    """The third step of a task type without labels."""
    form = OptionsForm(draft.kind, _posted(request), stored=draft.options)
    if request.method != "POST" or not form.is_valid():
        return _page(request, draft, "labels", options_form=form, guidelines=text)
    task_type = draft.answers["kind"]["task_type"]
    draft.keep("labels", {"rows": [], "guidelines": text, "task_type": task_type, "options": form.cleaned_data})
    return redirect(_address("people"))


def _outline(editor: BaseLabelFormSet) -> str:
    """Guidelines to start from, by the names and descriptions as they were typed."""
    rows = [form.initial for form in editor.forms]
    return guidelines.outline([(row["name"], row.get("description", "")) for row in rows if row.get("name")])


def _people(request: HttpRequest, draft: Draft) -> HttpResponse:
    form = PeopleForm(_posted(request))
    if request.method != "POST" or not form.is_valid():
        return _page(request, draft, "people", form=form)
    project = _make(request, draft, form)
    started = _import(project, request, draft.file) if draft.file.get("stored_as") else None
    messages.success(request, f"“{project}” is ready. Label ten items yourself before others do.")
    has_links = _bring_people(project, request, form)
    draft.forget()
    if has_links:
        return redirect("people", project.pk)
    return redirect("import-one", project.pk, started.pk) if started else redirect(project)


def _import(project: Project, request: HttpRequest, file: dict[str, Any]) -> Import:
    with default_storage.open(file["stored_as"]) as stream:
        upload = File(stream, name=file["name"])
        started = jobs.receive(
            project,
            upload,
            by=person(request),
            columns=dict(file.get("columns") or []),
            folders_are_labels=file["folders_are_labels"],
            create_annotators=file.get("create_annotators", False),
        )
    default_storage.delete(file["stored_as"])
    return started


def _make(request: HttpRequest, draft: Draft, form: PeopleForm) -> Project:
    kind = draft.answers["kind"]
    fields = {
        **{name: form.cleaned_data[name] for name in PeopleForm.Meta.fields},
        "name": kind["name"],
        "guidelines": draft.answers["labels"].get("guidelines", ""),
        "task_type": kind["task_type"],
        "options": draft.options,
        "features": itemtypes.registry.load(kind["item_kind"]).features,
    }
    rows = [LabelRow(**row) for row in draft.answers["labels"]["rows"]]
    return setup.create(person(request), fields, rows)


def _bring_people(project: Project, request: HttpRequest, form: PeopleForm) -> bool:
    """Add those who have an account, and invite the others; whether there are links that the manager has to send."""
    has_links = False
    for role, names in form.names_by_role().items():
        outcome = invitations.bring(project, person(request), names, role)
        mailed = mailing.send_all(outcome.invited, request)
        if addressees := ", ".join(invitation.addressee for invitation in outcome.invited):
            way = "by mail" if mailed == len(outcome.invited) else "send them their links, below"
            messages.info(request, f"Invited as {role}: {addressees}; {way}.")
            has_links |= mailed < len(outcome.invited)
    return has_links


def _label_editor(draft: Draft) -> Any:
    """What was filled in before; else the labels that the file knows; else blank rows."""
    if answers := draft.answers.get("labels"):
        return LabelFormSet.of(answers["rows"], blank=1)
    rows = [{"name": name, "hotkey": key} for name, key in _with_keys(draft.file.get("labels", []))]
    return LabelFormSet.of(rows, blank=1 if rows else 3)


def _with_keys(names: list[str]) -> list[tuple[str, str]]:
    """Each of the first ten names with a key: a digit its own, the others from 1 on."""
    if all(len(name) == 1 and name.isdecimal() for name in names):
        return [(name, name) for name in names]
    keys = "1234567890" if len(names) <= 10 else ""  # of more labels those used last stand on the digits
    return [(name, keys[place : place + 1]) for place, name in enumerate(names)]


def _pasted(text: str) -> File | None:
    """Pasted lines as a file: what is JSON stays so, other lines are texts."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return None
    if lines[0].startswith("["):
        return ContentFile(text.strip().encode(), "pasted.json")
    if not lines[0].startswith("{"):
        lines = [orjson.dumps({"text": line}).decode() for line in lines]
    return ContentFile("\n".join(lines).encode(), "pasted.ndjson")


def _store(draft: Draft, upload: File, folders_are_labels: bool) -> str:
    """Put a file aside and learn from it what is labelled and how; returns why not, if nothing in it can be read."""
    _drop_file(draft)
    _sweep()
    name = upload.name or "file"
    try:
        columns = _proposed(draft, name, upload)
    except Unreadable as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}."
    task_type = draft.answers["kind"]["task_type"]
    file_preview = preview(upload, name, folders_are_labels=folders_are_labels, task_type=task_type, columns=columns)
    if not file_preview.records and not (columns and file_preview.rows):
        reason = file_preview.error
        return f"{reason[:1].upper()}{reason[1:]}." if reason else _why_nothing(file_preview)
    draft.keep("data", {
        "name": name,
        "pasted": isinstance(upload, ContentFile),
        "stored_as": default_storage.save(f"{FOLDER}/{uuid4().hex}", upload),
        "folders_are_labels": folders_are_labels,
        "columns": list(columns.items()) if columns else None,
    })  # fmt: skip
    _learn(draft, file_preview)
    return ""


def _proposed(draft: Draft, name: str, upload: File) -> Roles | None:
    """What the columns of a table may be; None of a file whose columns are named like fields, or that has none."""
    try:
        sample = readers.sample(readers.for_file(name, None), cast(BinaryIO, upload))
    finally:
        upload.seek(0)
    item_type = itemtypes.registry.load(draft.answers["kind"]["item_kind"])
    return propose(sample, content=item_type.role) if sample else None


def _learn(draft: Draft, file_preview: Preview) -> None:
    """Take over what is labelled, and which labels the file knows."""
    draft.keep("data", {**draft.file, "labels": file_preview.labels})
    if file_preview.kind:
        draft.keep("kind", {**draft.answers["kind"], "item_kind": file_preview.kind})
    draft.answers.pop("labels", None)


def _why_nothing(file_preview: Preview) -> str:
    rejected = "; ".join(f"row {row.row}: {row.error}" for row in file_preview.rejected[:2])
    return f"No row of this file can be read: {rejected}." if rejected else "There is no row in this file."


def _drop_file(draft: Draft) -> None:
    if name := draft.file.get("stored_as"):
        default_storage.delete(name)
    draft.answers.pop("data", None)
    draft.session["draft"] = draft.answers


def _sweep() -> None:
    """Drop the files of drafts that nobody finished."""
    if not default_storage.exists(FOLDER):
        return
    for name in default_storage.listdir(FOLDER)[1]:
        if default_storage.get_modified_time(f"{FOLDER}/{name}") < timezone.now() - FILE_LIFETIME:
            default_storage.delete(f"{FOLDER}/{name}")


def _preview(draft: Draft) -> Preview | None:
    if not (name := draft.file.get("stored_as")) or not default_storage.exists(name):
        return None
    with default_storage.open(name) as stream:
        return preview(
            stream,
            draft.file["name"],
            folders_are_labels=draft.file["folders_are_labels"],
            task_type=draft.answers["kind"]["task_type"],
            columns=dict(draft.file.get("columns") or []),
        )


def _page(request: HttpRequest, draft: Draft, step: str, **context: Any) -> HttpResponse:
    names = list(STEPS)
    steps = [
        {"title": title, "address": _address(name), "current": name == step, "done": name in draft.answers}
        for name, title in draft.titles.items()
    ]
    number = names.index(step)
    back = _address(names[number - 1]) if number else ""
    return render(
        request, f"projects/wizard/{step}.html", {"steps": steps, "back": back, "answers": draft.answers, **context}
    )


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _address(step: str) -> str:
    return "/projects/new/" if step == "kind" else f"/projects/new/{step}/"


_STEP: dict[str, Callable[[HttpRequest, Draft], HttpResponse]] = {
    "kind": _kind,
    "data": _data,
    "labels": _labels,
    "people": _people,
}
