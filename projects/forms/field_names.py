"""A form field for names of a record's fields, one a line."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from projects.models import Project

_EXAMPLES = 50  # items that are looked at for the names of their fields


class FieldNamesField(forms.CharField):
    """A list of names in their order, each once."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off"})
        super().__init__(widget=widget, required=False, max_length=20_000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return names_in(data or "") != list(initial or [])

    def clean(self, value: str) -> list[str]:
        return names_in(super().clean(value))


def names_in(text: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def refuse_unknown(project: Project, names: Iterable[str]) -> None:
    """ValidationError for a name that no item has; nothing is refused before there are items."""
    known = known_names(project) if project.pk else []
    if known and (unknown := [name for name in names if name not in known]):
        raise ValidationError(f"There is no field “{unknown[0]}”; there are {', '.join(known)}.")


def known_names(project: Project) -> list[str]:
    """The fields of the first items and of their notes, and the names that are shown already."""
    names: dict[str, None] = {}
    for item in project.items.order_by("pk")[:_EXAMPLES]:
        names |= dict.fromkeys([*(item.data or {}), *(item.meta or {})])
    return list(names | dict.fromkeys(project.shown_fields)) if names else []
