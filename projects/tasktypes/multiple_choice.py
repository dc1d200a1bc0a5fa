"""Any number of labels per item."""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict

multiple = True
least_labels = 1


def clean(value: Any, labels: Sequence[str]) -> list[str]:
    """The chosen labels in the project's order; an empty list says that none of them fits."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"a list of labels is wanted, such as {list(labels[:2])!r}, not {value!r}")
    if unknown := [name for name in value if name not in labels]:
        raise ValueError(f"{unknown[0]!r} is no label of this project; it has {', '.join(labels)}")
    return [name for name in labels if name in value]


def votes(value: Sequence[str], labels: Sequence[str]) -> list[int]:
    return [labels.index(name) for name in value]


def value(positions: Sequence[int], labels: Sequence[str]) -> list[str]:
    return [labels[position] for position in positions]


def from_form(form: QueryDict) -> list[str]:
    return form.getlist("choice")
