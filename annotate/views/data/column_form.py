"""What each column of a file is: a choice above its first cells."""

from collections.abc import Collection, Mapping
from typing import Any

import orjson
from django import forms
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat

from annotate_kit.formats.columns import ROLES, Sample, check_roles
from annotate_kit.formats.readers import Unreadable

SHOWN_ROWS = 5
SHOWN_CHARACTERS = 160
MOST_PEOPLE = 50
_GROUPS = {
    "To label": ("text", "image", "field"),
    "About it": ("external_id", "gold", "context", "meta", "votes_wanted"),
    "Answers given elsewhere": ("answer", "annotator", "annotations", "predictions"),
}


class ColumnForm(forms.Form):
    """A choice of a role for each column of a sample; `roles` once it is valid."""

    create_annotators = forms.BooleanField(
        required=False,
        label="Make members of people who have no account",
        help_text="They cannot log in; their answers count like those of anybody else.",
    )

    def __init__(
        self,
        data: Any,
        sample: Sample,
        roles: Mapping[str, str],
        people: Collection[str] = (),
        create_annotators: bool = False,
    ) -> None:
        super().__init__(data, initial={"create_annotators": create_annotators})
        self.sample, self.roles = sample, dict(roles)
        for place, name in enumerate(sample.names):
            select = forms.Select(attrs={"aria-label": f"{name} is"})
            self.fields[f"column-{place}"] = forms.ChoiceField(
                choices=_choices(name, people), initial=roles.get(name, "meta"), widget=select
            )

    def clean(self) -> dict[str, Any]:
        fields = self.cleaned_data
        self.roles = {name: fields.get(f"column-{place}", "leave_out") for place, name in enumerate(self.sample.names)}
        try:
            check_roles(self.roles, self.sample.names)
        except Unreadable as error:
            raise ValidationError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
        return fields

    @property
    def columns(self) -> list[dict[str, Any]]:
        """Each column with its choice."""
        return [
            {"name": name, "field": self[f"column-{place}"], "role": self.roles.get(name, "")}
            for place, name in enumerate(self.sample.names)
        ]

    @property
    def cells(self) -> list[list[str]]:
        """The first rows, as they are shown."""
        return [[_shown(cell) for cell in row] for row in self.sample.rows[:SHOWN_ROWS]]


def _choices(name: str, people: Collection[str]) -> list[Any]:
    groups = [(title, [(role, ROLES[role]) for role in roles]) for title, roles in _GROUPS.items()]
    groups[-1] = (groups[-1][0], [("answer", f"Answers of “{name}”"), *groups[-1][1][1:]])
    others = [(f"answer:{person}", f"Answers of “{person}”") for person in sorted(people)[:MOST_PEOPLE]]
    groups[-1][1][1:1] = [choice for choice in others if choice[0] != f"answer:{name}"]
    return [*groups, ("leave_out", ROLES["leave_out"])]


def _shown(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bytes):
        return f"{filesizeformat(len(cell))} of bytes"
    text = cell if isinstance(cell, str) else orjson.dumps(cell, default=_shown).decode()
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"
