"""The forms that bring people into a project."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

from projects import invitations
from projects.forms import ExplainedRadios
from projects.invitation_mail import is_address
from projects.models import Role

MOST_NAMES = 200
ROLES = [
    (Role.ANNOTATOR.value, "Annotator\nlabels items, sees own answers"),
    (Role.REVIEWER.value, "Reviewer\nalso sees, accepts and corrects all answers"),
    (Role.MANAGER.value, "Manager\nalso sets up, imports, exports and invites"),
]
LIFETIMES = [("1", "a day"), ("7", "7 days"), ("30", "30 days"), ("90", "90 days")]


def names_in(text: str) -> list[str]:
    """The addresses and user names in a pasted text, each once; ValidationError names what is neither."""
    without_full_names = re.sub(r"[^,;\n<>]*<([^<>\n]+)>", r" \1 ", text)
    names = list(dict.fromkeys(filter(None, re.split(r"[\s,;]+", without_full_names))))
    if len(names) > MOST_NAMES:
        raise ValidationError(f"These are {len(names)} people; name {MOST_NAMES} at most at once.")
    if wrong := [f"“{name}” {reason}" for name in names if (reason := _what_is_wrong(name))]:
        raise ValidationError(wrong)
    return names


def _what_is_wrong(name: str) -> str:
    if "@" in name:
        return "" if is_address(name) else "is not a complete address."
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError:
        return "is neither an address nor a user name."
    return ""


class NamesField(forms.CharField):
    """Several people, each by an e-mail address or a user name."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "off"})

    def clean(self, value: str) -> list[str]:
        return names_in(super().clean(value))


class LifetimeField(forms.ChoiceField):
    def __init__(self) -> None:
        super().__init__(choices=LIFETIMES, initial=str(invitations.LIFETIME.days), label="The link works for")

    def clean(self, value: str) -> timedelta:
        return timedelta(days=int(super().clean(value)))


class InviteForm(forms.Form):
    """People who take part at once, if they have an account here, or get a link."""

    people = NamesField(
        label="E-mail addresses or user names", help_text="One a line, or with commas.", max_length=20_000
    )
    role = forms.ChoiceField(choices=ROLES, widget=ExplainedRadios, initial=Role.ANNOTATOR)
    lifetime = LifetimeField()


class JoinLinkForm(forms.Form):
    """One link for many people."""

    uses = forms.IntegerField(
        min_value=1, max_value=invitations.MOST_USES, initial=20, label="So many people may join by it"
    )
    role = forms.ChoiceField(choices=Role.choices, initial=Role.ANNOTATOR)
    lifetime = LifetimeField()

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="link_%s")  # two forms on one page
