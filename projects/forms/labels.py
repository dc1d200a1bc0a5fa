"""The editor of a label set."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import formset_factory

from core.palette import color_at
from projects.hotkeys import DIGITS, MOST_KEYS
from projects.labels import groups, pasted
from projects.labels.checks import MOST_LABELS
from projects.labels.rows import LabelRow
from projects.models import Label

KEYS_OF_THE_SCREEN = {
    "c": "comments",
    "f": "flags",
    "g": "opens the guidelines",
    "s": "skips with a reason",
    "u": "takes back",
    "z": "zooms",
}
MOST_ROWS = MOST_LABELS + 100
"""Of the editor, with blank ones: more names than labels allowed are an error, not cut off."""


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
        free = iter([key for key in DIGITS if key not in taken])
        for place, row in enumerate(initial):
            if not row and len(initial) <= MOST_KEYS:  # of more labels those used last stand on the digits
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
