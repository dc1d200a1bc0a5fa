"""The steps that make a new project: what is labelled, the data, the people."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from core.limits import too_large
from projects import itemtypes, options, tasktypes
from projects.forms.named_people import NamesField
from projects.forms.widgets import ExplainedRadios, PicturedRadios
from projects.models import Project, Role, task_types


class KindForm(forms.Form):
    """The first step: what it is called, what is labelled, and how."""

    name = forms.CharField(max_length=100, label="What is the project called?")
    item_kind = forms.ChoiceField(
        choices=itemtypes.choices, widget=ExplainedRadios, initial="text", label="What is labelled?"
    )
    task_type = forms.ChoiceField(
        choices=task_types, widget=PicturedRadios, initial="single_choice", label="How is it answered?"
    )

    def clean(self) -> dict[str, Any]:
        """Both must fit: boxes lie on images, spans in texts."""
        form_data = self.cleaned_data
        if "item_kind" in form_data and "task_type" in form_data:
            possible = tasktypes.registry.load(form_data["task_type"]).item_types
            if form_data["item_kind"] not in possible:
                names = [itemtypes.registry.title(name).lower() for name in sorted(possible)]
                title = tasktypes.registry.title(form_data["task_type"]).partition(":")[0]
                self.add_error(
                    "task_type", f"{title} are for {' or '.join(names)}; choose that above, or another answer."
                )
        return form_data


class DataForm(forms.Form):
    """The second step: a file or pasted lines; neither is fine too."""

    file = forms.FileField(
        required=False,
        label="A file",
        help_text="Any table: CSV, Excel, JSON or Parquet. You see its first rows at once, and choose what its columns "
        "are. For images a zip.",
        widget=forms.ClearableFileInput(
            attrs={"accept": ".csv,.tsv,.json,.jsonl,.ndjson,.parquet,.xlsx,.xlsm,.zip,.conll,.spacy"}
        ),
    )
    pasted = forms.CharField(
        required=False,
        label="Or paste texts, one a line",
        widget=forms.Textarea(attrs={"rows": 6, "placeholder": "The kettle boils in two minutes.\nIt leaks."}),
        max_length=2_000_000,
    )
    folders_are_labels = forms.BooleanField(
        required=False,
        label="In a zip, the folder of an image is its right answer",
        help_text="It is kept as gold: never shown to annotators, and used to measure how good answers are.",
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > settings.UPLOAD_BYTES:
            raise ValidationError(f"{too_large('The file', settings.UPLOAD_BYTES)}.")
        return file


class OptionsForm(forms.Form):
    """The settings of a task type, in place of labels where it has none."""

    def __init__(self, kind: ModuleType, *args: Any, stored: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields |= options.form_fields(kind, stored)

    def clean(self) -> dict[str, Any]:
        """The options by their names."""
        try:
            return options.from_form(self.kind, super().clean() or self.cleaned_data)
        except ValueError as error:
            raise ValidationError(str(error)) from error


class PeopleForm(forms.ModelForm):
    """The last step: how many people per item, who they are, and what the model does."""

    annotators = NamesField(
        rows=2,
        required=False,
        help_text="User names or e-mail addresses, by comma or line. They label. Who has no account gets a link.",
    )
    reviewers = NamesField(
        rows=2, required=False, help_text="They label, see everybody's answers, and accept or correct them."
    )

    class Meta:
        model = Project
        fields = ["votes_wanted", "learning", "acquisition", "retrain_every", "show_suggestions"]
        labels = {
            "votes_wanted": "People per item",
            "learning": "Let a model learn and order the queue",
            "acquisition": "What it asks first",
            "retrain_every": "It learns again after",
            "show_suggestions": "Its suggestions are",
        }
        help_texts = {
            "votes_wanted": "One is quickest. Two or more let you see where people disagree.",
            "learning": "The items that teach it most come first, so fewer answers are needed. Off: in the order of "
            "import.",
            "retrain_every": "new annotations. 0: only when somebody asks.",
            "show_suggestions": "What people see while they answer. Hidden keeps their answers their own.",
        }

    def names_by_role(self) -> dict[Role, list[str]]:
        """The people of each role; who is named for both is a reviewer."""
        reviewers = self.cleaned_data["reviewers"]
        annotators = [name for name in self.cleaned_data["annotators"] if name not in reviewers]
        return {Role.REVIEWER: reviewers, Role.ANNOTATOR: annotators}
