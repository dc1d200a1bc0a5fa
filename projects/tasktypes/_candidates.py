"""Task types that compare candidates: texts in a field of a record, such as several answers to one question."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from ._contract import Content

ITEM_TYPES = frozenset({"data"})
FIELD = "candidates"
LONGEST_FIELD = 200
SHORT = 80
"""Characters of a candidate on pages that show many."""


def checked(data: Mapping[str, Any], name: str, least: int, most: int) -> list[str]:
    """The candidates of a record; ValueError says what it must have."""
    texts = data.get(name)
    if isinstance(texts, list) and least <= len(texts) <= most and all(isinstance(text, str) for text in texts):
        return texts
    number = f"{least}" if least == most else f"{least} to {most}"
    raise ValueError(f"the field {name!r} of a record must be a list of {number} texts; {_difference(data, name)}")


def _difference(data: Mapping[str, Any], name: str) -> str:
    if name not in data:
        return f"this record has {', '.join(map(repr, data)) or 'no fields'}"
    texts = data[name]
    return f"it is a list of {len(texts)}" if isinstance(texts, list) else f"it is {texts!r}"


def of(content: Content | None, name: str) -> list[str]:
    """The candidates that an item shows; none where it is not known or has none."""
    data = content.data if content is not None else None
    texts = data.get(name) if isinstance(data, Mapping) else None
    return [str(text) for text in texts] if isinstance(texts, list) else []


def short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHORT else f"{line[: SHORT - 1]}…"


def systems_option() -> Any:
    """The field of notes that names what made each candidate."""
    explained = (
        "A field of the items' notes (meta) with a list of names, what made each candidate; empty for none. The page "
        "Quality says which of them people prefer. Annotators do not see it."
    )
    return field(default="", metadata={"label": "Field of the systems", "help": explained})


def check_field(name: str) -> None:
    if not 0 < len(name.strip()) <= LONGEST_FIELD:
        raise ValueError(f"candidates must be the name of a field, of 1 to {LONGEST_FIELD} characters; it is {name!r}")
