"""People as one pastes them: e-mail addresses and user names, also as `Noor Haddad <noor@example.org>`."""

import re
from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

from projects.invitations.mailing import is_address

MOST_NAMES = 200


class NamesField(forms.CharField):
    """Several people, each by an e-mail address or a user name."""

    def __init__(self, rows: int = 3, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows, "spellcheck": "false", "autocapitalize": "off"})
        super().__init__(widget=widget, max_length=20_000, **kwargs)

    def clean(self, value: str) -> list[str]:
        return names_in(super().clean(value))


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
