"""The settings of a task type: a dataclass says what there is, with defaults and help texts."""

from collections.abc import Mapping
from dataclasses import Field, asdict, fields
from types import ModuleType
from typing import Any

from django import forms

PREFIX = "option_"


def checked(kind: ModuleType, values: Any) -> dict[str, Any]:
    """All options of the task type, the values sent and the defaults of the others. ValueError: what is wrong."""
    if not isinstance(values, Mapping):
        raise ValueError(f"options are an object of names and values; this is {values!r}")
    options = {field.name: field for field in fields(kind.Options)}
    for name, value in values.items():
        if name not in options:
            raise ValueError(f"There is no option {name!r} for this task type; it has {', '.join(options) or 'none'}.")
        _check_type(options[name], value)
    return asdict(kind.Options(**values))


def _check_type(field: Field, value: Any) -> None:
    wanted = type(field.default)
    if type(value) is not wanted and not (wanted is float and type(value) is int):
        raise ValueError(f"{field.name} must be {_NAMES[wanted]}; it is {value!r}")


_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


def form_fields(kind: ModuleType, stored: Mapping[str, Any]) -> dict[str, forms.Field]:
    """A form field an option, by its default's type.

    `choices`, `label`, `help` and `lines` (whether a text has several) come from the field's metadata.
    """
    return {f"{PREFIX}{field.name}": _form_field(field, stored.get(field.name)) for field in fields(kind.Options)}


def _form_field(field: Field, stored: Any) -> forms.Field:
    common = {
        "label": field.metadata.get("label", field.name.replace("_", " ").capitalize()),
        "help_text": field.metadata.get("help", ""),
        "initial": field.default if stored is None else stored,
        "required": False,
    }
    if choices := field.metadata.get("choices"):
        return forms.ChoiceField(choices=choices, **common)
    if field.metadata.get("lines"):
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 6}), **common)
    kinds = {bool: forms.BooleanField, int: forms.IntegerField, float: forms.FloatField, str: forms.CharField}
    return kinds[type(field.default)](**common)


def from_form(kind: ModuleType, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """The options that a form with `form_fields` says; what is left empty has its default."""
    values = {field.name: cleaned.get(f"{PREFIX}{field.name}") for field in fields(kind.Options)}
    return checked(kind, {name: value for name, value in values.items() if value is not None})
