"""How far a project is, how fast it goes, and when it is done at this pace."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from accounts.models import User
from annotate.queue.done import counts, share_done
from annotate.statistics.cached import cached
from projects.models import Project

PACE_DAYS = 7
"""The pace is that of so many last days."""
FAR = timedelta(days=730)
ENOUGH_WORK = timedelta(minutes=30)
"""Of less work the pace says nothing; then the time that an item takes is reckoned with."""
HOURS_A_DAY = 2
"""Of labelling, for each person, where there is no pace yet."""
FEWEST_TIMED = 5
LOOKED_AT = 2000
LONGEST_SECONDS = 600  # an answer after a longer time was left and taken up again


@dataclass(frozen=True, slots=True)
class Progress:
    """Items: `done` have all the votes they want, `waiting` want more, `under_way` are in somebody's hands with their
    last votes. `votes` were given, `votes_left` are wanted still. `begun` of those that wait have a vote or a lease."""

    items: int
    done: int
    under_way: int
    waiting: int
    votes: int
    votes_left: int
    begun: int = 0

    @property
    def not_started(self) -> int:
        return self.waiting - self.begun

    @property
    def items_share(self) -> float:
        return share_done(self.done, self.items)

    @property
    def done_percent(self) -> float:
        return round(100 * self.items_share, 2)

    @property
    def begun_percent(self) -> float:
        """Of the items those that are begun or done, in percent."""
        return round(100 * (self.done + self.under_way + self.begun) / self.items, 2) if self.items else 0.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Votes a day, or, where there is no full day yet, an hour of work; and when they make the project done.

    Where there is too little work for a pace, `effort` is what it was so far, and `hours` are left to each person.
    """

    per_day: float | None
    per_hour: float | None
    finish: datetime | None = None
    soonest: datetime | None = None
    latest: datetime | None = None
    hours: float | None = None
    effort: "Effort | None" = None


@dataclass(frozen=True, slots=True)
class Effort:
    """The work of the last days: `votes` by `people`, of which so many `timed` took `mean` seconds, give or take
    `off`; over so many `minutes` in which somebody answered."""

    votes: int
    people: int
    timed: int
    mean: float
    off: float
    minutes: int

    @property
    def is_enough(self) -> bool:
        """Whether there is half an hour of work, or so many votes that there must be."""
        worked = timedelta(seconds=max(self.timed * self.mean, 60 * self.minutes))
        return self.votes >= LOOKED_AT or worked >= ENOUGH_WORK


def progress(project: Project) -> Progress:
    """Counted afresh, or a few seconds ago where there are a million items."""
    return cached(("progress", project.pk), lambda: _progress(project))


def _progress(project: Project) -> Progress:
    now = counts([project.pk])[project.pk]
    votes = now.taken - now.leased
    return Progress(now.items, now.done, now.under_way, now.waiting, votes, now.wanted - votes, now.begun)


def per_day(project: Project, days: int, person: User | None = None) -> list[tuple[date, int]]:
    """(day, votes) of the last days, today last. What was imported at one moment counts as one."""
    today = timezone.localdate()
    counted = dict(_votes_per(project, "day", timezone.now() - timedelta(days=days), person))
    return [
        (day, counted.get(day, 0))
        for day in (today - timedelta(days=ago) for ago in reversed(range(days)))
    ]  # fmt: skip


def pace(project: Project, remaining: int, now: datetime | None = None) -> Pace:
    """How fast votes came in the last days, and what that means for those that are left."""
    now = now or timezone.now()
    hours = [
        (datetime.combine(day, datetime.min.time(), timezone.get_current_timezone()) + timedelta(hours=hour), count)
        for (day, hour), count in _votes_per(project, "hour", now - timedelta(days=PACE_DAYS), None)
    ]
    return estimate(hours, remaining, now, _effort(project, now - timedelta(days=PACE_DAYS)) if hours else None)


def _effort(project: Project, since: datetime) -> Effort:
    """Of the newest votes; what was imported has no times."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), count(DISTINCT annotator_id) FILTER (WHERE seconds > 0), count(seconds),
                coalesce(avg(seconds), 0), coalesce(stddev(seconds), 0),
                count(DISTINCT date_trunc('minute', created_at))
            FROM (
                SELECT annotator_id, created_at,
                    CASE WHEN seconds IS NOT NULL THEN least(seconds, %s) END AS seconds
                FROM annotate_annotation
                WHERE project_id = %s AND created_at >= %s ORDER BY id DESC LIMIT %s
            ) newest
            """,
            [LONGEST_SECONDS, project.pk, since, LOOKED_AT],
        )
        votes, people, timed, mean, deviation, minutes = cursor.fetchone()
    return Effort(votes, people, timed, mean, 1.96 * deviation / max(timed, 1) ** 0.5, minutes)


def estimate(
    hours: Sequence[tuple[datetime, int]], remaining: int, now: datetime, effort: Effort | None = None
) -> Pace:
    """The pace of (hour, votes) in the last days; hours without votes are left out of `hours`.

    Where the `effort` is too small to tell a pace, by the seconds an item takes and the people who label.
    """
    total = sum(count for _, count in hours)
    if not total:
        return Pace(None, None)
    if effort and not effort.is_enough:
        return _by_effort(effort, remaining, now)
    elapsed = (now - min(hour for hour, _ in hours)) / timedelta(days=1)
    if elapsed < 1:
        return Pace(None, total / len(hours))
    daily = np.bincount([int((now - hour) / timedelta(days=1)) for hour, _ in hours], [count for _, count in hours])
    rate = total / elapsed
    off = 1.96 * max(float(np.std(daily)), rate**0.5) / len(daily) ** 0.5
    soonest, finish, latest = (_after(now, remaining, speed) for speed in (rate + off, rate, rate - off))
    return Pace(rate, total / len(hours), finish, soonest, latest)


def _by_effort(effort: Effort, remaining: int, now: datetime) -> Pace:
    """When so many votes are given by these people at so many seconds each, HOURS_A_DAY each."""
    if effort.timed < FEWEST_TIMED or not effort.people:
        return Pace(None, None, effort=effort)

    def per_day(seconds: float) -> float:
        return effort.people * HOURS_A_DAY * 3600 / max(seconds, 0.1)

    mean, least = effort.mean, max(effort.mean - effort.off, effort.mean / 3)
    soonest, finish, latest = (_after(now, remaining, per_day(time)) for time in (least, mean, mean + effort.off))
    each = remaining * mean / effort.people / 3600
    return Pace(None, None, finish, soonest, latest, each, effort)


def _after(now: datetime, remaining: int, per_day: float) -> datetime | None:
    if per_day <= 0 or remaining / per_day > FAR.days:
        return None
    return now + timedelta(days=remaining / per_day)


def _votes_per(project: Project, by: str, since: datetime, person: User | None) -> list[tuple[Any, int]]:
    """(day, votes) or ((day, hour), votes) since a moment. An import is one moment, not many hours of work."""
    hour = ", extract(hour FROM created_at AT TIME ZONE %(zone)s)::int" if by == "hour" else ""
    query = f"""
        SELECT (created_at AT TIME ZONE %(zone)s)::date{hour}, count(DISTINCT created_at) FROM annotate_annotation
        WHERE project_id = %(project)s AND created_at >= %(since)s {"AND annotator_id = %(person)s" if person else ""}
        GROUP BY {"1, 2" if hour else "1"}
    """  # noqa: S608
    values: dict[str, Any] = {
        "zone": timezone.get_current_timezone_name(),
        "project": project.pk,
        "since": since,
        "person": person and person.pk,
    }

    def ask() -> list[tuple[Any, int]]:
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            return [((row[0], row[1]) if hour else row[0], row[-1]) for row in cursor.fetchall()]

    return cached(("given", project.pk, by, since.date(), person and person.pk), ask)


# In words


def forecast(progress: Progress, pace: Pace, now: datetime) -> str:
    """When it is done at this pace, as a sentence."""
    if not progress.items:
        return "There is nothing to label yet."
    if not progress.votes_left:
        return "Everything is labelled."
    if pace.effort:
        return _at_this_effort(pace, now)
    if pace.per_hour is None:
        return f"Nobody has labelled in the last {PACE_DAYS} days." if progress.votes else "Nobody has labelled yet."
    if pace.per_day is None:
        return f"At this pace it is done after {_hours(progress.votes_left / pace.per_hour)} of labelling."
    if pace.finish is None:
        return "At this pace it takes more than two years."
    return f"At this pace it is done {on_day(pace.finish, now)}."


def _at_this_effort(pace: Pace, now: datetime) -> str:
    """What is left to each person, and on which day that is done."""
    if pace.hours is None or pace.effort is None:
        return "It is too early to say when it is done."
    people = f" for each of {pace.effort.people} people" if pace.effort.people > 1 else ""
    work = f"About {_hours(pace.hours)} of labelling{people}"
    if pace.hours <= HOURS_A_DAY:
        return f"{work}."
    day = f"done {on_day(pace.finish, now)}" if pace.finish else "that takes more than two years"
    return f"{work}: {day}, at {HOURS_A_DAY} hours a day."


def doubt(pace: Pace, now: datetime) -> str:
    """Between which days that is, as far as the days so far differ; nothing when that is one day."""
    if pace.effort:
        return _doubt_of_effort(pace, pace.effort, now)
    if pace.finish is None or pace.soonest is None:
        return ""
    first, last = on_day(pace.soonest, now), on_day(pace.latest, now) if pace.latest else "much later"
    return "" if first == last else f"Going by how the days differed: between {_bare(first)} and {_bare(last)}."


def _doubt_of_effort(pace: Pace, effort: Effort, now: datetime) -> str:
    """What the estimate goes by, and between which days it may end."""
    later = f"The pace counts from {ENOUGH_WORK // timedelta(minutes=1)} minutes of work on."
    if pace.hours is None:
        return later
    by = f"By the {effort.mean:.{0 if effort.mean >= 10 else 1}f} seconds that each of {effort.timed} votes took"
    if pace.soonest is None:
        return f"{by}. {later}"
    first, last = on_day(pace.soonest, now), on_day(pace.latest, now) if pace.latest else "much later"
    return f"{by}{'' if first == last else f': between {_bare(first)} and {_bare(last)}'}. {later}"


def on_day(moment: datetime, now: datetime) -> str:
    """today, tomorrow, on Thursday, on 3 March, on 3 March 2027."""
    day, today = timezone.localtime(moment).date(), timezone.localtime(now).date()
    ahead = (day - today).days
    if ahead <= 1:
        return "tomorrow" if ahead == 1 else "today"
    if ahead < 7:
        return f"on {day:%A}"
    return f"on {day.day} {day:%B}" + (f" {day.year}" if day.year != today.year else "")


def _bare(when: str) -> str:
    return when.removeprefix("on ")


def _hours(hours: float) -> str:
    if hours < 1:
        return f"{max(5, 5 * round(hours * 12))} more minutes"
    whole = round(hours)
    return "one more hour" if whole == 1 else f"{whole:,} more hours"
