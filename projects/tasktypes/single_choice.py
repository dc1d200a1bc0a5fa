"""One label per item."""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict

multiple = False
least_labels = 2


def clean(value: Any, labels: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in labels:
        raise ValueError(f"{value!r} is no label of this project; it has {', '.join(labels)}")
    return value


def votes(value: str, labels: Sequence[str]) -> list[int]:
    return [labels.index(value)]


def value(positions: Sequence[int], labels: Sequence[str]) -> str | None:
    return labels[positions[0]] if positions else None


def from_form(form: QueryDict) -> str | None:
    return form.get("choice")
