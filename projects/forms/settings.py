"""The forms that set up a project."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import formset_factory

from projects import itemtypes, options, tasktypes
from projects.aggregation import explained, methods, why_not
from projects.forms.field_names import FieldNamesField, refuse_unknown
from projects.forms.named_people import NamesField
from projects.label_sets import color_at
from projects.labels import groups, pasted
from projects.models import Label, Project, Role, task_types
from projects.setup import MOST_LABELS, LabelRow, is_answered

KEYS = "1234567890"
KEYS_OF_THE_SCREEN = {
    "c": "comments",
    "f": "flags",
    "g": "opens the guidelines",
    "s": "skips with a reason",
    "u": "takes back",
    "z": "zooms",
}
MOST_ROWS = (
    MOST_LABELS + 100
)  # of the editor, with blank ones; more names than labels allowed are an error, not cut off


class ExplainedRadios(forms.RadioSelect):
    """Radio buttons as cards; a choice's text after the first line break explains it."""

    template_name = "projects/explained_radios.html"


class PicturedRadios(ExplainedRadios):
    """The same with the picture of each choice that has one."""

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        pictures = [f"projects/wizard/pictures/{picture}.html" for picture in (value, "none")]
        return {**super().create_option(name, value, *args, **options), "picture": pictures}


class ColorInput(forms.TextInput):
    input_type = "color"


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
        help_text="Any table: CSV, Excel, JSON or Parquet; you choose what its columns are. For images a zip.",
        widget=forms.ClearableFileInput(
            attrs={"accept": ".csv,.tsv,.json,.jsonl,.ndjson,.parquet,.xlsx,.xlsm,.zip,.conll"}
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
            raise ValidationError(f"The file is larger than {settings.UPLOAD_BYTES // 2**20:,} MB, the most we take.")
        return file


class LabelForm(forms.Form):
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(max_length=100, required=False)
    hotkey = forms.CharField(
        max_length=1, required=False, label="Key", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    color = forms.CharField(
        required=False, max_length=7, label="Colour", widget=forms.TextInput(attrs={"type": "color"})
    )
    description = forms.CharField(max_length=300, required=False, label="When to choose it")
    parent = forms.CharField(max_length=100, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = f"{field.label or name.title()} of a label"

    def clean_hotkey(self) -> str:
        key: str = self.cleaned_data["hotkey"].lower()
        if key in KEYS_OF_THE_SCREEN:
            raise ValidationError(f"“{key}” {KEYS_OF_THE_SCREEN[key]} on the labelling screen; take another one.")
        Label._meta.get_field("hotkey").run_validators(key)
        return key

    def clean_color(self) -> str:
        color: str = self.cleaned_data["color"].lower()
        Label._meta.get_field("color").run_validators(color)
        return color

    def clean(self) -> dict[str, Any]:
        row = self.cleaned_data
        if not row.get("name") and (row.get("id") or row.get("description")):
            self.add_error("name", "Give it a name, or remove the row.")
        return row


class BaseLabelFormSet(forms.BaseFormSet):
    """The editor of a label set. Rows without a name are left out; `edited` adds, moves and removes rows."""

    least = 1
    present_names: Mapping[int | None, str] = {}  # of the labels that may be changed, by id

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], blank: int = 0) -> "BaseLabelFormSet":
        """An editor that shows these rows and some blank ones, with keys and colours to start from."""
        initial = [dict(row) for row in rows] + [{} for _ in range(blank)]
        taken = {row.get("hotkey") for row in rows}
        free = iter([key for key in KEYS if key not in taken])
        for place, row in enumerate(initial):
            if not row and len(initial) <= len(KEYS):  # of more labels those used last stand on the digits
                row["hotkey"] = next(free, "")
            row["color"] = row.get("color") or color_at(place)
        return cls(initial=initial, prefix="labels")

    @classmethod
    def edited(cls, data: Mapping[str, Any], action: str) -> "BaseLabelFormSet":
        """The editor after `more`, `paste`, or `up-2`, `down-2`, `remove-2` on row 2; nothing typed is lost."""
        rows = [
            {name: data.get(f"labels-{place}-{name}", "") for name in LabelForm.base_fields}
            for place in range(min(int(data.get("labels-TOTAL_FORMS") or 0), MOST_ROWS))
        ]
        verb, _, number = action.partition("-")
        place = int(number) if number.isdigit() else -1
        if verb == "paste":
            rows = pasted.added(rows, data.get(pasted.FIELD, ""))[:MOST_ROWS]
        elif verb == "remove" and place in range(len(rows)):
            removed = rows.pop(place)["name"]
            rows = [{**row, "parent": ""} if row["parent"] == removed else row for row in rows]
        elif verb in ("up", "down"):
            other = place + (1 if verb == "down" else -1)
            if {place, other} <= set(range(len(rows))):
                rows[place], rows[other] = rows[other], rows[place]
        return cls.of(rows, blank=3 if verb == "more" else 0)

    def clean(self) -> None:
        if any(self.errors):
            return
        rows = self.rows
        if strangers := {row.id for row in rows if row.id} - self.present_names.keys():
            raise ValidationError(f"Label {min(strangers)} was removed meanwhile; load the page again.")
        self._refuse_twins("name", [row.name for row in rows], "Two labels are called “{}”.")
        self._refuse_twins("hotkey", [row.hotkey for row in rows if row.hotkey], "Two labels have the key “{}”.")
        self._check_parents(rows)
        if len(rows) < self.least:
            wanted = "two labels" if self.least == 2 else "a label"
            raise ValidationError(f"Give at least {wanted}: there must be something to choose.")
        if len(rows) > MOST_LABELS:
            raise ValidationError(f"A project has at most {MOST_LABELS} labels; these are {len(rows)}.")

    @property
    def rows(self) -> list[LabelRow]:
        """The labels as they were filled in, once `is_valid` has said yes."""
        return [LabelRow(**form.cleaned_data) for form in self.forms if form.cleaned_data.get("name")]

    def _check_parents(self, rows: Sequence[LabelRow]) -> None:
        try:
            groups.check({row.name: row.parent for row in groups.follow(rows, self.present_names)})
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def _refuse_twins(self, what: str, values: list[str], message: str) -> None:
        if twins := sorted({value for value in values if values.count(value) > 1}):
            raise ValidationError(message.format(twins[0]))


LabelFormSet: type[BaseLabelFormSet] = formset_factory(  # type: ignore[assignment]
    LabelForm, formset=BaseLabelFormSet, extra=0, absolute_max=MOST_ROWS, max_num=MOST_ROWS
)


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


class SettingsForm(forms.ModelForm):
    """All that can be set of a project but its labels and people, in the groups in which it is explained."""

    GROUPS = [
        (
            "The task",
            "What people see and read.",
            ["name", "task_type", "guidelines", "hide_external_ids", "hide_names", "shown_fields"],
        ),
        (
            "The queue",
            "Who gets which item, and for how long. Changes hold for all items at once; an item that has more "
            "people than wanted keeps them.",
            ["votes_wanted", "votes_most", "votes_budget", "votes_target", "finish_begun", "lease_minutes", "order"],
        ),
        (
            "Consensus",
            "How several answers to one item become one.",
            ["aggregation", "gold_in_consensus", "model_vote"],
        ),
        (
            "The model",
            "It learns from the answers, and asks next for what it would learn most from.",
            [
                "learning",
                "features",
                "estimator",
                "acquisition",
                "retrain_every",
                "retrain_minutes",
                "explore",
                "show_suggestions",
                "page_tiles",
            ],
        ),
    ]

    shown_fields = FieldNamesField(
        label="Fields shown first",
        help_text="One a line. Of a record these stand first, in this order, and the others are folded; empty: all are "
        "shown. Names of notes (meta), such as columns imported as context, are shown to annotators beside the item, "
        "others are not.",
    )

    class Meta:
        model = Project
        fields = [
            "name", "task_type", "guidelines", "hide_external_ids", "hide_names", "shown_fields", "votes_wanted",
            "votes_most", "votes_budget", "votes_target", "finish_begun", "lease_minutes", "order",
            "aggregation", "gold_in_consensus", "model_vote", "learning",
            "features", "estimator", "acquisition", "retrain_every", "retrain_minutes", "explore", "show_suggestions",
            "page_tiles",
        ]  # fmt: skip
        labels = {
            "task_type": "How an item is answered",
            "hide_external_ids": "Hide the items’ names from annotators",
            "hide_names": "Hide people’s names from reviewers",
            "votes_wanted": "People per item",
            "votes_most": "People per uncertain item, at most",
            "votes_budget": "People per item, on average",
            "votes_target": "Or until this confidence",
            "finish_begun": "Share who finish what others began",
            "lease_minutes": "Minutes to answer",
            "order": "Order before the model's",
            "aggregation": "Method",
            "gold_in_consensus": "Learn from gold",
            "model_vote": "Let the model vote",
            "learning": "Let a model learn and order the queue",
            "features": "What it looks at",
            "estimator": "How it learns",
            "acquisition": "What it asks first",
            "retrain_every": "Learn again after so many annotations",
            "retrain_minutes": "Learn again after so many minutes",
            "explore": "Share asked at random",
            "show_suggestions": "Its suggestions are",
            "page_tiles": "Items on a page to verify",
        }
        widgets = {
            "guidelines": forms.Textarea(attrs={"rows": 12}),
            "explore": forms.NumberInput(attrs={"step": "0.01", "min": 0, "max": 0.5}),
            "finish_begun": forms.NumberInput(attrs={"step": "0.05", "min": 0, "max": 1}),
            "votes_budget": forms.NumberInput(attrs={"step": "0.1", "min": 1, "max": 100}),
            "votes_target": forms.NumberInput(attrs={"step": "0.01", "min": 0.5, "max": 0.999}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and is_answered(self.instance):
            self.fields["task_type"].disabled = True
            self.fields["task_type"].help_text = "Fixed, since there are answers of this kind."
        self.fields["aggregation"].choices = methods()  # type: ignore[attr-defined]
        self.methods_explained = explained()
        self._option_fields = options.form_fields(self.instance.kind, self.instance.options)
        self.fields |= self._option_fields

    @property
    def groups(self) -> list[dict[str, Any]]:
        return [
            {"title": title, "about": about, "fields": [self[name] for name in [*names, *self._options_of(title)]]}
            for title, about, names in self.GROUPS
        ]

    def _options_of(self, title: str) -> Iterable[str]:
        """The settings of the task type stand in the first group."""
        return self._option_fields if title == self.GROUPS[0][0] else ()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("task_type") == self.instance.task_type:
            try:
                cleaned["options"] = options.from_form(self.instance.kind, cleaned)
            except ValueError as error:
                raise ValidationError(str(error)) from error
        return {name: value for name, value in cleaned.items() if name not in self._option_fields}

    def clean_shown_fields(self) -> list[str]:
        names: list[str] = self._or_present("shown_fields", [])
        refuse_unknown(self.instance, [name for name in names if name not in self.instance.shown_fields])
        return names

    def clean_votes_most(self) -> int:
        return self._or_present("votes_most", 0)

    def clean_votes_budget(self) -> float:
        return self._or_present("votes_budget", 1.5)

    def clean_finish_begun(self) -> float:
        return self._or_present("finish_begun", 0.5)

    def _or_present(self, name: str, empty: Any) -> Any:
        """What was sent; what holds at present where the field was not sent at all."""
        if self.add_prefix(name) not in self.data:
            return getattr(self.instance, name)
        value = self.cleaned_data[name]
        return empty if value is None else value

    def clean_votes_target(self) -> float | None:
        target: float | None = self._or_present("votes_target", None)
        return target

    def clean_aggregation(self) -> str:
        method: str = self.cleaned_data["aggregation"]
        task_type = self.cleaned_data.get("task_type") or self.instance.task_type
        if self.instance.pk and (reason := why_not(method, task_type, self.instance.labels.count())):
            raise ValidationError(reason)
        return method

    def clean_task_type(self) -> str:
        task_type: str = self.cleaned_data["task_type"]
        least = tasktypes.registry.load(task_type).least_labels
        if self.instance.pk and self.instance.labels.count() < least:
            raise ValidationError(f"This kind of answer needs at least {least} labels.")
        return task_type


class DeleteForm(forms.Form):
    """Asks for the project's name, so that nobody deletes by accident."""

    name = forms.CharField(label="Its name, to be sure", widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.project.name:
            raise ValidationError(f"That is not its name. Type “{self.project.name}”.")
        return name
