"""How a choice is drawn: as cards, with pictures."""

from typing import Any

from django import forms


class ExplainedRadios(forms.RadioSelect):
    """Radio buttons as cards; a choice's text after the first line break explains it."""

    template_name = "projects/explained_radios.html"


class PicturedRadios(ExplainedRadios):
    """The same with the picture of each choice that has one."""

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        pictures = [f"projects/wizard/pictures/{picture}.html" for picture in (value, "none")]
        return {**super().create_option(name, value, *args, **options), "picture": pictures}
