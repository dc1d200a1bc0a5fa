"""The form of a webhook."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from projects.models import Webhook, WebhookEvent
from projects.webhooks import addresses


class WebhookForm(forms.Form):
    """Of a new webhook, or of one that is there. An empty secret leaves the present one as it is."""

    url = forms.CharField(
        label="Address",
        max_length=addresses.LONGEST_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://hooks.example.org/annotate", "autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(choices=WebhookEvent.choices, widget=forms.CheckboxSelectMultiple)
    secret = forms.CharField(
        max_length=200,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Signs what is sent, so that the receiver knows it is from here. It is never shown again.",
    )
    remove_secret = forms.BooleanField(required=False, label="Remove the secret: sign nothing")
    active = forms.BooleanField(required=False, initial=True)

    def __init__(self, data: Mapping[str, Any] | None = None, webhook: Webhook | None = None) -> None:
        present = {"url": webhook.url, "events": webhook.events, "active": webhook.active} if webhook else None
        super().__init__(data, initial=present)
        if webhook and webhook.has_secret:
            self.fields["secret"].help_text = "There is one. It stays as it is where this is left empty."
        else:
            del self.fields["remove_secret"]

    def clean(self) -> dict[str, Any]:
        """The fields as `projects.webhooks.registering` takes them."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        is_removed = cleaned.pop("remove_secret", False)
        if is_removed and cleaned.get("secret"):
            raise ValidationError({"secret": "Either a new secret or none."})
        if not cleaned.get("secret") and not is_removed:
            cleaned.pop("secret", None)
        return cleaned
