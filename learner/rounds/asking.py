"""A round is asked for: its row is written before the work starts."""

from contextlib import suppress

from django.db import IntegrityError, transaction
from django.utils import timezone
from django_q.tasks import async_task

from accounts.models import User
from learner.models import Round
from projects.models import Project


def ask(project: Project, trigger: str, by: User | None = None) -> Round:
    """Queue a round, and return it at once; where one is queued or running, that one."""
    round, is_new = begin(project, trigger, by)
    if is_new:
        enqueue(round)
    return round


def begin(project: Project, trigger: str, by: User | None = None) -> tuple[Round, bool]:
    """The row of a round, without a job that runs it; (the one under way, False) when there is one."""
    for _ in range(2):
        with suppress(IntegrityError), transaction.atomic():
            new_round = Round(project=project, trigger=trigger, asked_by=by, heartbeat_at=timezone.now())
            new_round.save(force_insert=True)
            return new_round, True
        if under_way := project.rounds.unfinished().first():
            return under_way, False
    raise RuntimeError("rounds of this project end as fast as they start")


def enqueue(round: Round) -> None:
    async_task("learner.tasks.run_round", round.pk, group=f"round {round.pk}")
