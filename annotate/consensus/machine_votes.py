"""The votes of machine members: stored, taken back, and how good each of them is."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from django.db import connection
from django.db.models import Count

from accounts.models import User
from annotate.consensus import annotator_model
from annotate.consensus.model_vote import CHANGED_ARE_DUE, Measured
from annotate.models import CrowdRun, MachineVote
from annotate.queue.locks import lock_queue
from annotate.queue.staged import with_project
from annotate_kit import model_vote as kit
from core.postgres import copy
from core.postgres.transactions import atomic
from projects import label_sets
from projects.models import Project, Role

_ROWS = {"item": "bigint", "label": "bigint", "level": "int"}
_STORE = f"""
    WITH changed AS (
        INSERT INTO annotate_machinevote AS m (item_id, project_id, machine_id, label_id, level)
        SELECT r.item, r.project, %(machine)s, r.label, r.level FROM {with_project("machine_vote_rows")} r
        WHERE r.project = %(project)s ORDER BY r.item
        ON CONFLICT (item_id, machine_id) DO UPDATE SET label_id = excluded.label_id, level = excluded.level
        WHERE (m.label_id, m.level) IS DISTINCT FROM (excluded.label_id, excluded.level)
        RETURNING item_id
    )
    {CHANGED_ARE_DUE}
"""  # noqa: S608  the table is ours
_DELETE = f"""
    WITH changed AS (
        DELETE FROM annotate_machinevote WHERE project_id = %(project)s AND machine_id = %(machine)s RETURNING item_id
    ), due AS (
        {CHANGED_ARE_DUE}
    ) SELECT count(*) FROM changed
"""  # noqa: S608  likewise


@dataclass(frozen=True)
class Machine:
    """A machine member: on how many items it votes, and how good it is where people can tell; else None."""

    user: User
    votes: int
    measured: Measured | None

    @property
    def counts(self) -> str:
        """On which items its vote is weighed in, in words."""
        if self.measured is None:
            return "not yet: too few items of three votes to judge it by"
        if not self.measured.helps:
            return "no: it adds nothing to what the others say"
        return "on all items that people answered" if self.measured.helps_few else "on items of three votes or more"


def machines(project: Project) -> list[Machine]:
    """The machine members of a project, by name."""
    users = User.objects.filter(memberships__project=project, memberships__role=Role.MACHINE).order_by("username")
    rows = MachineVote.objects.filter(project=project).order_by().values("machine").annotate(n=Count("*"))
    votes = dict(rows.values_list("machine", "n"))
    run = CrowdRun.objects.filter(project=project).first()
    measured = run.machines if run else {}
    return [
        Machine(
            user,
            votes.get(user.pk, 0),
            Measured.from_json(measured[str(user.pk)]) if str(user.pk) in measured else None,
        )
        for user in users
    ]


@atomic
def store(project: Project, machine: User, votes: Mapping[int, tuple[str, float | None]]) -> int:
    """Store what a machine says, {item: (label, its confidence)}, in place of what it said of these items before.

    Labels are by the names of `project.label_names`; those that were renamed meanwhile are passed over. Returns how
    many were stored. Where no confidence is known, the vote counts as one that is neither unsure nor sure.
    """
    label_sets.hold(project.pk)
    lock_queue(project)
    ids = dict(project.labels.values_list("name", "pk"))
    rows = [(item, ids[label], confidence) for item, (label, confidence) in votes.items() if label in ids]
    confidence = np.array([0.8 if sure is None else sure for _, _, sure in rows], dtype=np.float64)
    levels = kit.sayings(np.zeros(len(rows)), confidence)
    with connection.cursor() as cursor:
        lines = (
            copy.line(str(item), str(label), str(level)) for (item, label, _), level in zip(rows, levels, strict=True)
        )
        copy.stage(cursor, "machine_vote_rows", _ROWS, copy.lines(lines))
        cursor.execute(_STORE, {"project": project.pk, "machine": machine.pk})
    annotator_model.expire(project, len(rows))
    return len(rows)


@atomic
def remove(project: Project, machine: User) -> int:
    """Take all votes of a machine back; returns how many there were."""
    lock_queue(project)
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, {"project": project.pk, "machine": machine.pk})
        (count,) = cursor.fetchone()
    if count:
        annotator_model.expire(project, count)
    return int(count)
