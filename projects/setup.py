"""Making a project, changing its set-up, and ending it. Each change leaves an event: who, what, when."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import annotate_kit.features
from accounts.models import User
from core.postgres.transactions import atomic
from projects import aggregation, estimators, guidelines, label_sets, options, tasktypes
from projects.labels import groups
from projects.labels.checks import LONGEST_NAME, check_labels
from projects.labels.replacing import InUse, forget_labels, replace_labels, store_labels
from projects.labels.rows import LabelRow, current_rows
from projects.models import Event, Label, Membership, Project, Role
from projects.signals import (
    asking_if_answered,
    asking_if_answers_fit,
    project_changed,
    project_leaving,
)


class Unsuited(ValueError):
    """The method of aggregation or the estimator has no use for such answers, or the features cannot be computed here.

    `field` says which of them.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class BadOptions(ValueError):
    """The task type has no such options, or they are something else."""


@atomic
def create(by: User, fields: Mapping[str, Any], labels: Sequence[LabelRow]) -> Project:
    """A new project, whose maker becomes its manager. ValueError says what is wrong with the label set."""
    project = Project(**fields)
    project.options = _checked_options(project.task_type, project.options)
    check_labels(project.task_type, labels)
    _check_aggregation(project.aggregation, project.task_type, len(labels))
    _check_estimator(project.estimator, project.task_type)
    _check_features(project.features)
    project.save()
    store_labels(project, [replace(label, id=None) for label in labels])
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
    task type, is used, or when stored answers would be none by the options: what people answered never loses its
    meaning. ValueError when the labels are no label set, Unsuited when the method of aggregation or the estimator
    cannot do with them, or new features cannot be computed.
    """
    stored = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if "options" in fields or fields.get("task_type", stored.task_type) != stored.task_type:
        task_type = fields.get("task_type", stored.task_type)
        fields = {**fields, "options": _checked_options(task_type, fields.get("options", {}))}
    changed: dict[str, tuple[Any, Any]]
    changed = {name: (getattr(stored, name), new) for name, new in fields.items() if getattr(stored, name) != new}
    if labels is not None or "task_type" in changed:
        changed |= _change_labels(stored, fields, labels)
    elif "options" in changed:
        _check_answers(stored, fields["options"])
    if changed.keys() & {"aggregation", "task_type", "labels"}:
        method, task_type = (fields.get(name, getattr(stored, name)) for name in ("aggregation", "task_type"))
        _check_aggregation(method, task_type, stored.labels.count())
    if changed.keys() & {"estimator", "task_type"}:
        _check_estimator(*(fields.get(name, getattr(stored, name)) for name in ("estimator", "task_type")))
    if "features" in changed:
        _check_features(fields["features"])
    for name in changed.keys() & fields.keys():
        setattr(project, name, fields[name])
    forget_labels(project)
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
    after = before if labels is None else replace_labels(project, labels)
    if task_type != project.task_type or [label.name for label in before] != [label.name for label in after]:
        Project.objects.filter(pk=project.pk).update(labels_version=project.labels_version + 1)
    return {"labels": ([asdict(row) for row in before], [asdict(row) for row in after])} if before != after else {}


def _check_answers(project: Project, values: dict[str, Any]) -> None:
    """Options that would make a stored answer none are refused; nobody stores one while that is looked up."""
    before, after = project.spec.options, project.kind.Options(**values)
    if all(getattr(before, name) == getattr(after, name) for name in getattr(project.kind, "limits", ())):
        return
    label_sets.hold_alone(project.pk)
    spec = replace(project.spec, options=after)
    for _, reason in asking_if_answers_fit.send(Project, project=project, spec=spec):
        if reason:
            raise InUse(f"There are answers that these settings would not allow: {reason}.")
    Project.objects.filter(pk=project.pk).update(labels_version=project.labels_version + 1)


def set_labels(project: Project, by: User, labels: Sequence[LabelRow]) -> list[str]:
    """Make this the label set, as `change` does."""
    return change(project, by, {}, labels)


@atomic
def add_label(project: Project, by: User, name: str) -> tuple[Label, bool]:
    """The label of this name, made at the end of the set where there is none yet; and whether it was made.

    Capitals and spaces tell no labels apart, so that two people who miss the same label make one. ValueError says
    what is wrong with the name, or why the project takes no further label.
    """
    if not project.kind.least_labels:
        raise ValueError("Answers of this kind have no labels.")
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise ValueError(f"The name of a label has 1 to {LONGEST_NAME} characters, all of which can be seen.")
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # as every change of the set-up does first
    rows = current_rows(project)
    same = next((row for row in rows if row.name.casefold() == name.casefold()), None)
    if same is None:
        set_labels(project, by, [*rows, LabelRow(name)])
    return project.labels.get(name=same.name if same else name), same is None


@atomic
def delete(project: Project, by: User) -> None:
    """End a project with all that belongs to it. Only the event that says so stays.

    Takes some seconds for a million items. Other changes of the set-up, and answers that are given meanwhile, wait and
    find no project.
    """
    stored = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    Event.objects.create(actor=by, act="deleted", data={"id": stored.pk, "name": stored.name})
    project_leaving.send(Project, project=stored)
    stored.delete()


def _checked_options(task_type: str, values: Any) -> dict[str, Any]:
    try:
        return options.checked(tasktypes.registry.load(task_type), values)
    except ValueError as error:
        raise BadOptions(str(error)) from error


def _check_aggregation(method: str, task_type: str, n_labels: int) -> None:
    if reason := aggregation.why_not(method, task_type, n_labels):
        raise Unsuited("aggregation", reason)


def _check_estimator(estimator: str, task_type: str) -> None:
    if reason := estimators.why_not(estimator, task_type):
        raise Unsuited("estimator", reason)


def _check_features(features: str) -> None:
    if reason := annotate_kit.features.lacking(features):
        raise Unsuited("features", reason)


def is_answered(project: Project) -> bool:
    """Whether somebody has annotated an item; the task type is fixed from then on."""
    return any(answered for _, answered in asking_if_answered.send(Project, project=project))
