"""What can be set of a project, and its end."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

import annotate_kit.features
from projects import estimators, options, tasktypes
from projects.aggregation import explained, methods, why_not
from projects.forms.field_names import FieldNamesField, refuse_unknown
from projects.models import Project
from projects.setup import is_answered

SETTING_GROUPS: list[tuple[str, str, list[str]]] = [
    (
        "The task",
        "What people see and read.",
        [
            "name",
            "task_type",
            "guidelines",
            "annotators_add_labels",
            "hide_external_ids",
            "hide_names",
            "shown_fields",
        ],
    ),
    (
        "The queue",
        "Who gets which item, and for how long. Changes hold for all items at once; an item that has more "
        "people than wanted keeps them.",
        [
            "votes_wanted",
            "votes_most",
            "votes_budget",
            "votes_target",
            "route_by_skill",
            "finish_begun",
            "lease_minutes",
            "order",
        ],
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
"""The fields in their order: the title of each group, what it is about, and their names."""


class SettingsForm(forms.ModelForm):
    """All that can be set of a project but its labels and people, in the groups in which it is explained.

    `with_options`: the settings of the task type are among them; else they stay as they are.
    """

    with_options = True

    shown_fields = FieldNamesField(
        label="Fields shown first",
        help_text="One a line. Of a record these stand first, in this order, and the others are folded; empty: all are "
        "shown. Names of notes (meta), such as columns imported as context, are shown to annotators beside the item, "
        "others are not.",
    )

    class Meta:
        model = Project
        fields = [name for _, _, names in SETTING_GROUPS for name in names]
        labels = {
            "task_type": "How an item is answered",
            "annotators_add_labels": "Let annotators add labels",
            "hide_external_ids": "Hide the items’ names from annotators",
            "hide_names": "Hide people’s names from reviewers",
            "votes_wanted": "People per item",
            "votes_most": "People per uncertain item, at most",
            "votes_budget": "People per item, on average",
            "votes_target": "Or until this confidence",
            "route_by_skill": "Leave uncertain items to the most skilled",
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
        help_texts = {
            "estimator": "From the votes themselves: where several people give each item one label.",
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
        self.fields["estimator"].choices = estimators.grouped_choices()  # type: ignore[attr-defined]
        self.methods_explained = explained()
        of_kind = options.form_fields(self.instance.kind, self.instance.options)
        self._option_fields = of_kind if self.with_options else {}
        self.fields |= self._option_fields

    @property
    def groups(self) -> list[dict[str, Any]]:
        return [
            {"title": title, "about": about, "fields": [self[name] for name in [*names, *self._options_of(title)]]}
            for title, about, names in SETTING_GROUPS
        ]

    def _options_of(self, title: str) -> Iterable[str]:
        """The settings of the task type stand in the first group."""
        return self._option_fields if title == SETTING_GROUPS[0][0] else ()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.with_options and cleaned.get("task_type") == self.instance.task_type:
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

    def clean_estimator(self) -> str:
        estimator: str = self.cleaned_data["estimator"]
        task_type = self.cleaned_data.get("task_type") or self.instance.task_type
        if reason := estimators.why_not(estimator, task_type):
            raise ValidationError(reason)
        return estimator

    def clean_features(self) -> str:
        features: str = self.cleaned_data["features"]
        if features != self.instance.features and (reason := annotate_kit.features.lacking(features)):
            raise ValidationError(reason)
        return features

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
