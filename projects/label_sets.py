"""The names of a project's labels through time: answers follow a label that is renamed, also those that come late.

The label set has a version, which grows with every change of its names, their order or the task type. Whoever stores
values holds the label set (`hold`), which a change of it waits for, and compares the version with that by which the
values were checked; where they differ, values are read again by the history of the names.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Protocol

from django.db import connection
from django.http import QueryDict

from core.palette import color_at
from core.postgres.locks import lock_until_commit, share_until_commit
from projects.tasktypes import Content, Spec

LOCK = "projects.labels"
"""The advisory lock on a label set, which `queue.sql` takes as well."""

_CURRENT = """
    SELECT labels_version, ARRAY(SELECT name FROM projects_label WHERE project_id = p.id ORDER BY position, id)::text[],
        ARRAY(SELECT color FROM projects_label WHERE project_id = p.id ORDER BY position, id)::text[]
    FROM projects_project p WHERE id = %s
"""
# Of two labels that had a name after each other, the one that lost it first had it at the time asked for.
_AT = """
    SELECT DISTINCT ON (before) before, name FROM (
        SELECT DISTINCT ON (r.label_id) r.before, r.version, l.name
        FROM projects_labelrename r JOIN projects_label l ON l.id = r.label_id
        WHERE r.project_id = %s AND r.version > %s ORDER BY r.label_id, r.version
    ) first_rename ORDER BY before, version
"""
_FORMER = """
    SELECT DISTINCT ON (r.before) r.before, l.name
    FROM projects_labelrename r JOIN projects_label l ON l.id = r.label_id
    WHERE r.project_id = %s ORDER BY r.before, r.version DESC
"""


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The names of a project's labels, in their order, as they are in one version."""

    version: int
    names: list[str]
    own_colors: list[str] = field(default_factory=list)

    @property
    def colors(self) -> dict[str, str]:
        """The colour of each label: its own, else one by its place that colour-blind people can tell apart."""
        own = self.own_colors or [""] * len(self.names)
        return {name: color or color_at(place) for place, (name, color) in enumerate(zip(self.names, own, strict=True))}


class HasLabels(Protocol):
    """What is needed of a project to read values by the names of its labels."""

    pk: Any

    @property
    def kind(self) -> ModuleType: ...

    @property
    def spec(self) -> Spec: ...

    @property
    def label_set(self) -> LabelSet: ...

    def read_labels_again(self) -> None: ...


def current(project_id: int) -> LabelSet:
    """The label set as it is now, version and names by one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_CURRENT, [project_id])
        row = cursor.fetchone()
    return LabelSet(*row) if row else LabelSet(0, [])


def hold(project_id: int) -> LabelSet:
    """Keep the label set as it is until the transaction ends, and return it. Taken before locks on rows of annotate."""
    with connection.cursor() as cursor:
        share_until_commit(cursor, LOCK, project_id)
    return current(project_id)


def hold_alone(project_id: int) -> None:
    """Let nobody else store values until the transaction ends, so that the label set can be changed."""
    with connection.cursor() as cursor:
        lock_until_commit(cursor, LOCK, project_id)


# Reading values by other names


def version_in(form: QueryDict) -> int | None:
    """The version of the label set that a page was made with, as its form says."""
    text = form.get("labels_version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def since(project_id: int, version: int, labels: LabelSet) -> dict[str, str]:
    """What each label of the version is called in `labels`, which must be in force: {name then: name now}."""
    renamed = _pairs(_AT, project_id, version)
    unchanged = set(labels.names) - set(renamed.values())
    return renamed | {name: name for name in labels.names if name in unchanged and name not in renamed}


def former(project_id: int, labels: LabelSet) -> dict[str, str]:
    """The names of `labels`, which must be in force, and former ones that no other label has now: {name: name now}."""
    return _pairs(_FORMER, project_id) | {name: name for name in labels.names}


def _pairs(query: str, *values: int) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return dict(cursor.fetchall())


def clean(project: HasLabels, value: Any, version: int | None = None, content: Content | None = None) -> Any:
    """An answer as it is stored, by the names of `project.label_set`; ValueError says what would be right.

    `version` is that of the label set by whose names the answer was given. Where it is not known, or not older than
    the present one, present names count first, and a former name stands for the label that had it last.
    """
    if version is not None and version < project.label_set.version:
        names = in_step(project, lambda labels: since(project.pk, version, labels))
        with suppress(ValueError):  # the names may be newer than the version that came with them
            return read(project.kind, value, names, project.spec, content)
    try:
        return project.kind.clean(value, project.spec, content)
    except ValueError:
        names = names_understood(project)
        return clean_by_former(project.kind, value, project.spec, names, content)


def names_understood(project: HasLabels) -> dict[str, str]:
    """Each name that a value may have for a label, and the label's present name; `project.label_set` is the present."""
    return in_step(project, lambda labels: former(project.pk, labels))


def in_step(project: HasLabels, read_names: Callable[[LabelSet], dict[str, str]]) -> dict[str, str]:
    """Names that were read while `project.label_set` was in force; it is read again until that is so."""
    while True:
        names = read_names(project.label_set)
        if current(project.pk).version == project.label_set.version:
            return names
        project.read_labels_again()


def clean_by_former(
    kind: ModuleType, value: Any, spec: Spec, names: Mapping[str, str], content: Content | None = None
) -> Any:
    """An answer as it is stored, by present names, else by all of `names` as `former` gives them."""
    try:
        return kind.clean(value, spec, content)
    except ValueError:
        if len(names) > len(spec.labels):
            with suppress(ValueError):  # the first error names the present labels
                return read(kind, value, names, spec, content)
        raise


def read(kind: ModuleType, value: Any, names: Mapping[str, str], spec: Spec, content: Content | None = None) -> Any:
    """A value with other names for its labels, {name in the value: present name}, as it is stored under `spec`."""
    clean = kind.clean(value, spec.with_labels(names), content)
    parts = [part._replace(label=names.get(part.label, part.label)) for part in kind.parts(clean)]
    return kind.clean(kind.rebuild(clean, parts), spec, content)
