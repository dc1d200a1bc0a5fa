"""A new label set in place of the present one; the answers follow their labels."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from projects.labels.rows import LabelRow, current_rows
from projects.models import Label, LabelRename, Project
from projects.signals import asking_labels_in_use, labels_removed, labels_renamed


class InUse(ValueError):
    """What would be changed is used by answers, which would lose their meaning."""


class LabelInUse(InUse):
    """A label that somebody answered with cannot be removed."""


def labels_in_use(project: Project) -> set[str]:
    """The names of the labels that somebody answered with, or that are the gold of an item."""
    answers: list[Any] = asking_labels_in_use.send(Project, project=project)
    return set().union(*(names for _, names in answers))


def replace_labels(project: Project, labels: Sequence[LabelRow]) -> list[LabelRow]:
    """Make this the label set, and let the answers follow the labels that are called otherwise now."""
    present = {label.pk: label for label in project.labels.all()}
    by_name = {label.name: label for label in present.values()}
    remaining: dict[int, LabelRow] = {}
    for label in labels:
        if label.id is not None and label.id not in present:
            raise ValueError(f"This project has no label with the id {label.id}.")
        if (same := present.get(label.id or 0) or by_name.get(label.name)) is not None:
            if same.pk in remaining:
                raise ValueError(f"The label {same.name!r} is given twice.")
            remaining[same.pk] = label
    _remove({label.name for label in present.values() if label.pk not in remaining}, project)
    _make_way(project)
    _rename({present[pk]: label.name for pk, label in remaining.items()}, project)
    placed = {id(label): pk for pk, label in remaining.items()}
    store_labels(project, [replace(label, id=placed.get(id(label))) for label in labels])
    return current_rows(project)


def _rename(names: Mapping[Label, str], project: Project) -> None:
    """Let the answers follow the labels to their new names and their new order, and note former names."""
    before, after = [label.name for label in names], list(names.values())
    LabelRename.objects.bulk_create(
        LabelRename(project=project, label=label, version=project.labels_version + 1, before=label.name, after=name)
        for label, name in names.items()
        if label.name != name
    )
    in_former_order = sorted(names, key=lambda label: (label.position, label.pk))
    if before != after or before != [label.name for label in in_former_order]:
        labels_renamed.send(Project, project=project, before=before, after=after)


def _remove(names: set[str], project: Project) -> None:
    if names and (used := sorted(names & labels_in_use(project))):
        raise LabelInUse(
            f"{used[0]!r} is the answer of annotations or the gold value of items, so it cannot be removed. "
            "To rename it, send its id along with the new name."
        )
    if names:
        project.labels.filter(name__in=names).delete()
        labels_removed.send(Project, project=project, names=names)


def _make_way(project: Project) -> None:
    """Two labels may swap names or keys, which the database allows only if neither is in the other's way."""
    project.labels.update(name=Concat(Value("\ue000"), Cast("pk", CharField())), hotkey="")


def store_labels(project: Project, labels: Sequence[LabelRow]) -> None:
    rows = [Label(project=project, position=place, **_own_fields(label)) for place, label in enumerate(labels)]
    Label.objects.bulk_update([row for row in rows if row.pk], ["position", "name", "color", "hotkey", "description"])
    Label.objects.bulk_create(row for row in rows if not row.pk)
    _store_parents(project, rows, [label.parent for label in labels])
    forget_labels(project)


def _own_fields(label: LabelRow) -> dict[str, Any]:
    return {name: value for name, value in asdict(label).items() if name != "parent"}


def _store_parents(project: Project, rows: Sequence[Label], parents: Sequence[str]) -> None:
    """Put each label under its parent, which may have been made just now."""
    project.labels.exclude(parent=None).update(parent=None)
    ids = {row.name: row.pk for row in rows}
    children = [(row, ids[parent]) for row, parent in zip(rows, parents, strict=True) if parent]
    for row, parent_id in children:
        row.parent_id = parent_id
    Label.objects.bulk_update([row for row, _ in children], ["parent"])


def forget_labels(project: Project) -> None:
    """Have the labels read again when they are needed next."""
    for cached in ("label_set", "_prefetched_objects_cache"):
        vars(project).pop(cached, None)
