"""A person's own assignment with what an answer to it is checked by: one query, the busiest of reading ones."""

from collections.abc import Callable
from typing import NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from accounts.models import User
from annotate.models import Assignment
from core.postgres.compiled import CompiledQuery, loaded
from projects.label_sets import LabelSet
from projects.models import Label, Project

_PROJECT = [f"project__{field.attname}" for field in Project._meta.concrete_fields]


class NotYours(Assignment.DoesNotExist):
    """There is no such assignment of this annotator."""

    def __init__(self) -> None:
        super().__init__("There is no such assignment of yours.")


class Own(NamedTuple):
    """An assignment as far as `submit` needs it; the project comes with its label set."""

    pk: int
    item_id: int
    annotator_id: int
    project: Project


def own(user: User, assignment_id: int) -> Own:
    """This person's assignment, in a project in which they still have a part; else NotYours."""
    row = _OWN[user.is_superuser].first(assignment_id, user.pk) if user.is_active else None
    if row is None:
        raise NotYours
    item_id, names, colors, *columns = row
    project = loaded(Project, columns)
    project.label_set = LabelSet(project.labels_version, names, colors)
    return Own(assignment_id, item_id, user.pk, project)


def _query(is_superuser: bool) -> Callable[[int, int], QuerySet]:
    """Whether somebody is a superuser is decided by `Assignment.objects.of` before there is SQL: two queries."""

    def build(assignment_id: int, user_id: int) -> QuerySet:
        labels = Label.objects.filter(project=OuterRef("project")).order_by("position", "id")
        return (
            Assignment.objects.of(User(pk=user_id, is_superuser=is_superuser))
            .filter(pk=assignment_id)
            .values_list(
                "item_id", ArraySubquery(labels.values("name")), ArraySubquery(labels.values("color")), *_PROJECT
            )
        )

    return build


_OWN = {is_superuser: CompiledQuery(_query(is_superuser), numbers=2) for is_superuser in (False, True)}
