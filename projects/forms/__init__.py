"""The forms that set up a project and bring people into it."""

from projects.forms.labels import BaseLabelFormSet, LabelForm, LabelFormSet
from projects.forms.settings import SETTING_GROUPS, DeleteForm, SettingsForm
from projects.forms.widgets import PicturedRadios
from projects.forms.wizard import DataForm, KindForm, OptionsForm, PeopleForm

__all__ = [
    "SETTING_GROUPS",
    "BaseLabelFormSet",
    "DataForm",
    "DeleteForm",
    "KindForm",
    "LabelForm",
    "LabelFormSet",
    "OptionsForm",
    "PeopleForm",
    "PicturedRadios",
    "SettingsForm",
]
