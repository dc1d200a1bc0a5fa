"""Making a project, changing its set-up, and ending it. Each change leaves an event: who, what, when."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from accounts.models import User
from core.postgres.transactions import atomic
from projects import guidelines, label_sets, options, tasktypes
from projects.aggregation import why_not
from projects.labels import groups
from projects.models import Event, Label, LabelRename, Membership, Project, Role
from projects.signals import (
    asking_if_answered,
    asking_labels_in_use,
    labels_removed,
    labels_renamed,
    project_changed,
    project_leaving,
)

MOST_LABELS = 1000


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A label as somebody wants it; `id` is that of a present label, which is then changed or renamed.

    `parent` is the name of another label of the set, or empty.
    """

    name: str
    color: str = ""
    hotkey: str = ""
    description: str = ""
    parent: str = ""
    id: int | None = None


class InUse(ValueError):
    """What would be changed is used by answers, which would lose their meaning."""


class Unsuited(ValueError):
    """The method of aggregation cannot make a consensus of such answers."""


class BadOptions(ValueError):
    """The task type has no such options, or they are something else."""


class LabelInUse(InUse):
    """A label that somebody answered with cannot be removed."""


@atomic
def create(by: User, fields: Mapping[str, Any], labels: Sequence[LabelRow]) -> Project:
    """A new project, whose maker becomes its manager. ValueError says what is wrong with the label set."""
    project = Project(**fields)
    project.options = _checked_options(project.task_type, project.options)
    check_labels(project.task_type, labels)
    _check_aggregation(project.aggregation, project.task_type, len(labels))
    project.save()
    _store_labels(project, [replace(label, id=None) for label in labels])
    if project.guidelines.strip():
        guidelines.record(project, by)
    Membership.objects.create(project=project, user=by, role=Role.MANAGER)
    Event.objects.create(project=project, actor=by, act="created", data={"name": project.name})
    return project


@atomic
def change(
    project: Project, by: User | None, fields: Mapping[str, Any], labels: Sequence[LabelRow] | None = None
) -> list[str]:
    """Change the set-up; returns the names of the fields that are different now.

    `labels`, when given, is the whole new label set: a row with the `id` of a present label changes that one (a new
    name renames it in all answers), one without is told apart by its name. InUse when a label that goes, or the
    task type, is used: what people answered never loses its meaning. ValueError when the labels are no label set,
    Unsuited when the method of aggregation cannot do with them.
    """
    stored = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if "options" in fields or fields.get("task_type", stored.task_type) != stored.task_type:
        task_type = fields.get("task_type", stored.task_type)
        fields = {**fields, "options": _checked_options(task_type, fields.get("options", {}))}
    changed: dict[str, tuple[Any, Any]]
    changed = {name: (getattr(stored, name), new) for name, new in fields.items() if getattr(stored, name) != new}
    if labels is not None or "task_type" in changed:
        changed |= _change_labels(stored, fields, labels)
    if changed.keys() & {"aggregation", "task_type", "labels"}:
        method, task_type = (fields.get(name, getattr(stored, name)) for name in ("aggregation", "task_type"))
        _check_aggregation(method, task_type, stored.labels.count())
    for name in changed.keys() & fields.keys():
        setattr(project, name, fields[name])
    _forget_labels(project)
    if changed:
        project.save(update_fields=list(changed.keys() & fields.keys()))
        if "guidelines" in changed:
            guidelines.record(project, by)
        Event.objects.create(project=project, actor=by, act="changed", data=changed)
        project_changed.send(Project, project=project, changed=changed)
    return list(changed)


def _change_labels(
    project: Project, fields: Mapping[str, Any], labels: Sequence[LabelRow] | None
) -> dict[str, tuple[Any, Any]]:
    """Put a new label set or task type in force, while nobody stores values; what is different in the labels."""
    label_sets.hold_alone(project.pk)
    task_type = fields.get("task_type", project.task_type)
    if task_type != project.task_type and is_answered(project):
        raise InUse("The task type cannot change any more: there are answers of this kind.")
    before = current_rows(project)
    if labels is not None:
        labels = groups.follow(labels, {row.id: row.name for row in before})
    check_labels(task_type, before if labels is None else labels)
    after = before if labels is None else _replace_labels(project, labels)
    if task_type != project.task_type or [label.name for label in before] != [label.name for label in after]:
        Project.objects.filter(pk=project.pk).update(labels_version=project.labels_version + 1)
    return {"labels": ([asdict(row) for row in before], [asdict(row) for row in after])} if before != after else {}


def set_labels(project: Project, by: User, labels: Sequence[LabelRow]) -> list[str]:
    """Make this the label set, as `change` does."""
    return change(project, by, {}, labels)


@atomic
def delete(project: Project, by: User) -> None:
    """End a project with all that belongs to it. Only the event that says so stays.

    Takes some seconds for a million items. Other changes of the set-up, and answers that are given meanwhile, wait and
    find it gone.
    """
    stored = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    Event.objects.create(actor=by, act="deleted", data={"id": stored.pk, "name": stored.name})
    project_leaving.send(Project, project=stored)
    stored.delete()


def check_labels(task_type: str, labels: Sequence[LabelRow]) -> None:
    """ValueError says why these cannot be the label set of a project of this type."""
    least = tasktypes.registry.load(task_type).least_labels
    if not least <= len(labels) <= MOST_LABELS:
        raise ValueError(f"{least} to {MOST_LABELS} labels are needed for this task type, there are {len(labels)}.")
    _check_once("name", (label.name for label in labels))
    _check_once("key", (label.hotkey for label in labels if label.hotkey))
    groups.check({label.name: label.parent for label in labels})


def _checked_options(task_type: str, values: Any) -> dict[str, Any]:
    try:
        return options.checked(tasktypes.registry.load(task_type), values)
    except ValueError as error:
        raise BadOptions(str(error)) from error


def _check_aggregation(method: str, task_type: str, n_labels: int) -> None:
    if reason := why_not(method, task_type, n_labels):
        raise Unsuited(reason)


def _check_once(what: str, values: Iterable[str]) -> None:
    value, times = Counter(values).most_common(1)[0] if (values := list(values)) else ("", 1)
    if times > 1:
        raise ValueError(f"Two labels have the same {what}, {value!r}.")


def is_answered(project: Project) -> bool:
    """Whether somebody has annotated an item; the task type is fixed from then on."""
    return any(answered for _, answered in asking_if_answered.send(Project, project=project))


def labels_in_use(project: Project) -> set[str]:
    """The names of the labels that somebody answered with, or that are the gold of an item."""
    answers: list[Any] = asking_labels_in_use.send(Project, project=project)
    return set().union(*(names for _, names in answers))


def _replace_labels(project: Project, labels: Sequence[LabelRow]) -> list[LabelRow]:
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
    _store_labels(project, [replace(label, id=placed.get(id(label))) for label in labels])
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


def _store_labels(project: Project, labels: Sequence[LabelRow]) -> None:
    rows = [Label(project=project, position=place, **_own_fields(label)) for place, label in enumerate(labels)]
    Label.objects.bulk_update([row for row in rows if row.pk], ["position", "name", "color", "hotkey", "description"])
    Label.objects.bulk_create(row for row in rows if not row.pk)
    _store_parents(project, rows, [label.parent for label in labels])
    _forget_labels(project)


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


def _forget_labels(project: Project) -> None:
    """Have the labels read again when they are needed next."""
    for cached in ("label_set", "_prefetched_objects_cache"):
        vars(project).pop(cached, None)


def current_rows(project: Project) -> list[LabelRow]:
    """The label set as it is now, in its order."""
    return [
        LabelRow(
            name=label.name,
            color=label.color,
            hotkey=label.hotkey,
            description=label.description,
            parent=label.parent.name if label.parent else "",
            id=label.pk,
        )
        for label in Label.objects.filter(project=project).select_related("parent")
    ]
