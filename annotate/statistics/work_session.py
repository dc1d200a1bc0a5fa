"""What a person did since they sat down: their answers without a longer pause between them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from accounts.models import User
from annotate.consensus.annotator_model import Interval, interval
from annotate.models import Skill
from projects.models import Project

PAUSE = timedelta(minutes=30)
"""A longer one begins another session."""
MOST = 5000
"""Answers of one session that are looked at."""
LONG = 50
"""Minutes after which a rest is proposed."""
LEAST_COMPARED = 10
"""Answers that others gave as well, below which no agreement is told."""


@dataclass(frozen=True, slots=True)
class WorkSession:
    """`minutes` go from the beginning of the first answer to the end of the last; `median_seconds` are None where no
    answer has a time."""

    answers: int = 0
    minutes: float = 0.0
    median_seconds: float | None = None

    @property
    def is_long(self) -> bool:
        return self.minutes >= LONG


def latest(project: Project, person: User) -> WorkSession:
    """The person's last session in this project. One query."""
    rows = project.annotations.filter(annotator=person).order_by("-created_at").values_list("created_at", "seconds")
    answers = _without_pause(list(rows[:MOST]))
    if not answers:
        return WorkSession()
    (last, _), (first, first_seconds) = answers[0], answers[-1]
    timed = [seconds for _, seconds in answers if seconds is not None]
    seconds = (last - first).total_seconds() + (first_seconds or 0)
    return WorkSession(len(answers), seconds / 60, median(timed) if timed else None)


def agreement(project: Project, person: User) -> tuple[Interval, int] | None:
    """How many of the person's answers are what most others say, and of how many; None where it is too early."""
    skill = Skill.objects.filter(project=project, annotator=person).first()
    if skill is None or skill.agreement is None or skill.compared < LEAST_COMPARED:
        return None
    return interval(skill.agreement, skill.compared), skill.compared


def _without_pause(rows: list[tuple[datetime, float | None]]) -> list[tuple[datetime, float | None]]:
    """Those up to the first longer pause; the newest come first."""
    for place, ((later, _), (earlier, _)) in enumerate(pairwise(rows), start=1):
        if later - earlier > PAUSE:
            return rows[:place]
    return rows
