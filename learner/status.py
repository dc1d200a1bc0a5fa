"""Where learning stands in a project: what was found out last, what is under way, what people should know."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError
from django_q.status import Stat

from learner import rounds
from learner.evaluation.curve import Point
from learner.models import Round
from projects.models import Project


@dataclass(frozen=True)
class Status:
    """`awaited` annotations start the next round; None where their number starts none."""

    project: Project
    newest: Round | None
    scored: Round | None
    worker_answers: bool
    awaited: int | None

    @property
    def under_way(self) -> Round | None:
        return self.newest if self.newest and self.newest.is_unfinished else None

    @property
    def next_by_schedule(self) -> datetime | None:
        if not (self.newest and self.project.retrain_minutes):
            return None
        return self.newest.created_at + timedelta(minutes=self.project.retrain_minutes)


def of(project: Project) -> Status:
    """Costs four queries."""
    newest = project.rounds.numbered().select_related("asked_by").order_by("-id").first()
    return Status(
        project,
        newest,
        last_scored(project),
        worker_answers(),
        _awaited(project),
    )


def last_scored(project: Project) -> Round | None:
    """The newest round that trained a model, or scored predictions from elsewhere, and was not undone."""
    return project.rounds.numbered().informative().order_by("-id").first()


def _awaited(project: Project) -> int | None:
    if not (project.learning and project.retrain_every):
        return None
    return max(0, project.retrain_every - rounds.new_annotations(project))


def worker_answers() -> bool:
    """Whether any worker gave a sign of life in the last three seconds."""
    with suppress(DatabaseError):
        return bool(Stat.get_all())
    return False


def points(project: Project) -> list[Point]:
    """The rounds that trained a model, oldest first; with a score from FEWEST_TEST_ITEMS test items on."""
    drawn = project.rounds.informative().only("n_labels", "n_test", "score", "score_low", "score_high", "cv_score")
    return [
        Point(round.n_labels, cv=round.cv_score)
        if round.is_too_early
        else Point(round.n_labels, round.score, round.score_low, round.score_high, round.cv_score)
        for round in drawn.order_by("id")
    ]
