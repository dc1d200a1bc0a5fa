"""The forms that bring people into a project."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms

from projects import invitations
from projects.forms.named_people import NamesField
from projects.forms.widgets import ExplainedRadios
from projects.models import Role

ROLES = [
    (Role.ANNOTATOR.value, "Annotator\nlabels items, sees own answers"),
    (Role.REVIEWER.value, "Reviewer\nalso sees, accepts and corrects all answers"),
    (Role.MANAGER.value, "Manager\nalso sets up, imports, exports and invites"),
]
LIFETIMES = [("1", "a day"), ("7", "7 days"), ("30", "30 days"), ("90", "90 days")]


class LifetimeField(forms.ChoiceField):
    def __init__(self) -> None:
        super().__init__(choices=LIFETIMES, initial=str(invitations.LIFETIME.days), label="The link works for")

    def clean(self, value: str) -> timedelta:
        return timedelta(days=int(super().clean(value)))


class PracticeField(forms.BooleanField):
    def __init__(self) -> None:
        super().__init__(
            required=False,
            label="Begin with practice",
            help_text="Their first 20 items are ones whose right answer is known; they see it after each, and why.",
        )


class InviteForm(forms.Form):
    """People who take part at once, if they have an account here, or get a link."""

    people = NamesField(label="E-mail addresses or user names", help_text="One a line, or with commas.")
    role = forms.ChoiceField(choices=ROLES, widget=ExplainedRadios, initial=Role.ANNOTATOR)
    practice = PracticeField()
    lifetime = LifetimeField()


class JoinLinkForm(forms.Form):
    """One link for many people."""

    uses = forms.IntegerField(
        min_value=1, max_value=invitations.MOST_USES, initial=20, label="So many people may join by it"
    )
    role = forms.ChoiceField(choices=Role.of_people(), initial=Role.ANNOTATOR)
    practice = PracticeField()
    lifetime = LifetimeField()

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="link_%s")  # two forms on one page
