"""Labels under other labels: which of them stand together on the screen, and what makes such a tree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from projects.labels.rows import LabelRow
from projects.models import Label

SEPARATOR = " › "


def in_groups(labels: Sequence[Label]) -> list[tuple[str, Label]]:
    """(group, label) as they are shown: first those without a group, then each parent with its children after it.

    The group is called after the parent, and after the parent's own parents before it.
    """
    by_id = {label.pk: label for label in labels}
    parents = {label.parent_id for label in labels}
    groups: dict[str, list[Label]] = {"": []}
    for label in _parents_first(labels):
        head = label if label.pk in parents else by_id.get(label.parent_id or 0)
        groups.setdefault(SEPARATOR.join(_path(head, by_id)), []).append(label)
    return [(group, label) for group, members in groups.items() for label in members]


def check(parents: Mapping[str, str]) -> None:
    """ValueError says why these, {name of a label: that of its parent, or empty}, are no tree."""
    for name, parent in parents.items():
        if parent and parent not in parents:
            raise ValueError(f"{parent!r} cannot be the parent of {name!r}: there is no such label.")
    for name in parents:
        _refuse_circle(name, parents)


def follow(rows: Sequence[LabelRow], former: Mapping[int | None, str]) -> list[LabelRow]:
    """The rows, with parents that were renamed under their new names, and without those that are removed.

    `former` are the names of the present labels by their ids.
    """
    names = {row.name for row in rows}
    moved = dict.fromkeys(former.values(), "") | {former[row.id]: row.name for row in rows if row.id in former}
    return [row if row.parent in names else replace(row, parent=moved.get(row.parent, row.parent)) for row in rows]


def _refuse_circle(name: str, parents: Mapping[str, str]) -> None:
    passed, parent = {name}, parents[name]
    while parent:
        if parent in passed:
            raise ValueError(f"{name!r} cannot be under itself, neither directly nor by its parents.")
        passed.add(parent)
        parent = parents[parent]


def _parents_first(labels: Sequence[Label]) -> Iterator[Label]:
    """The labels in their order, but each right before its children."""
    children: dict[int | None, list[Label]] = {}
    for label in labels:
        children.setdefault(label.parent_id, []).append(label)
    waiting = children.get(None, [])[::-1]
    while waiting:
        label = waiting.pop()
        yield label
        waiting += children.get(label.pk, [])[::-1]


def _path(label: Label | None, by_id: Mapping[int, Label]) -> list[str]:
    names: list[str] = []
    while label is not None:
        names.insert(0, label.name)
        label = by_id.get(label.parent_id or 0)
    return names
