"""Where each part of an answer comes from: drawn, or a suggestion as it was, or changed, or the same again elsewhere.

It is stored beside the value, never in it: two people whose spans are the same gave the same answer, whoever drew them.
An annotation's origins are in the order of its parts' places, which stays when labels get new names.
"""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import orjson

from projects.models import Project
from projects.tasktypes import Content, Part

ORIGINS = ("drawn", "accepted", "edited", "repeated")


def stored(
    project: Project, value: Any, origins: Sequence[str] | None, clean: Any, version: int | None, content: Content
) -> list[str] | None:
    """As the database keeps them: one word for each part of `clean`. None where none were sent.

    `origins` belong to the parts of `value`, the answer as it was sent. ValueError says what would be right.
    """
    if origins is None:
        return None
    sent = _entries(project.kind, value)
    if len(origins) != len(sent):
        raise ValueError(f"there must be an origin for each of the {len(sent)} parts; there are {len(origins)}")
    if unknown := sorted(set(origins) - set(ORIGINS)):
        raise ValueError(f"an origin is one of {', '.join(ORIGINS)}; {unknown[0]!r} is none")
    by_place = {}
    for part, origin in zip(sent, origins, strict=True):
        alone = project.clean_value(part if part is value else [part], version, content)
        by_place.update({_place(cleaned): origin for cleaned in project.kind.parts(alone)})
    parts: list[Part] = project.kind.parts(clean)
    return [by_place.get(_place(part), "drawn") for part in sorted(parts, key=_place)]


def of_parts(kind: ModuleType, value: Any, origins: Sequence[str] | None) -> list[str] | None:
    """The stored origins in the order of the value's parts. None where they are not known."""
    parts: list[Part] = kind.parts(value)
    if origins is None or len(origins) != len(parts):
        return None
    order = sorted(range(len(parts)), key=lambda number: _place(parts[number]))
    in_order = dict(zip(order, origins, strict=True))
    return [in_order[number] for number in range(len(parts))]


def resumed(kind: ModuleType, value: Any, origins: Sequence[str] | None) -> Any:
    """The value as the labelling screen resumes it: each part with its origin."""
    known = of_parts(kind, value, origins)
    entries = _entries(kind, value)
    if known is None or entries == [value]:
        return value
    resumed_entries = [{**part, "origin": origin} for part, origin in zip(entries, known, strict=True)]
    return {**value, kind.entries: resumed_entries} if isinstance(value, dict) else resumed_entries


def _entries(kind: ModuleType, value: Any) -> list[Any]:
    """The list of the value's parts: itself, or what is under the type's `entries`; else the value is its only part."""
    if isinstance(value, dict) and hasattr(kind, "entries"):
        value = value.get(kind.entries)
    return value if isinstance(value, list) else [value]


def _place(part: Part) -> bytes:
    return orjson.dumps(part.place)
