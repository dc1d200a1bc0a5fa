"""How a choice is drawn: as cards, with pictures."""

from typing import Any

from django import forms


class ExplainedRadios(forms.RadioSelect):
    """Radio buttons as cards; a choice's text after the first line break explains it."""

    template_name = "projects/explained_radios.html"


class PicturedRadios(ExplainedRadios):
    """The same with the picture of each choice that has one; what follows a colon explains it."""

    def create_option(self, name: str, value: Any, label: int | str, *args: Any, **options: Any) -> dict[str, Any]:
        title, _, more = str(label).partition(": ")
        label = f"{title}\n{more[:1].upper()}{more[1:]}"
        pictures = [f"projects/wizard/pictures/{picture}.html" for picture in (value, "none")]
        return {**super().create_option(name, value, label, *args, **options), "picture": pictures}
