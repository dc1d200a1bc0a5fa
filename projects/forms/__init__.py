"""The forms that set up a project and bring people into it."""

from projects.forms.settings import (
    BaseLabelFormSet,
    DataForm,
    DeleteForm,
    KindForm,
    LabelForm,
    LabelFormSet,
    PeopleForm,
    PicturedRadios,
    SettingsForm,
)

__all__ = [
    "BaseLabelFormSet",
    "DataForm",
    "DeleteForm",
    "KindForm",
    "LabelForm",
    "LabelFormSet",
    "PeopleForm",
    "PicturedRadios",
    "SettingsForm",
]
