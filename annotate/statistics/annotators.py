"""Who annotated how much, how fast, and how well: each estimate with its interval."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import orjson
from django.db import connection
from django.db.models import Count, QuerySet
from numpy.typing import NDArray

from accounts.models import User
from annotate import consensus
from annotate.consensus.annotator_model import interval
from annotate.models import Assignment, Review, Skill
from annotate.queue.remaining import midnight
from annotate.statistics import comparison
from annotate.statistics.annotator import Annotator
from annotate.statistics.cached import cached
from projects import tasktypes
from projects.models import Project

LATEST = 200
"""A person's answers whose time is held against the length of the text."""
READ_IN_A_SECOND = 60
"""Characters; a quick reader of a screen takes in half as many."""
READ_AT_MOST = 600
"""Characters of a text; who knows the answer need not read on."""


def annotators(project: Project, person: User | None = None) -> list[Annotator]:
    """Everybody who annotated, those with most votes first; or one of them."""
    consensus.fresh(project, wait=False)
    rows = cached(("annotators", project.pk), lambda: _annotators(project))
    return [row for row in rows if person is None or row.user.pk == person.pk]


def _annotators(project: Project) -> list[Annotator]:
    people = defaultdict(lambda: Annotator(User()), _counted(project))  # who has no answer is left out in the end
    for annotator_id, votes, right in _on_gold(project):
        people[annotator_id].gold_seen, people[annotator_id].gold_right = votes, right
    for annotator_id, chance in _by_chance(project):
        people[annotator_id].gold_chance = chance
    for annotator_id, timed, unread in _unread(project, list(people)):
        people[annotator_id].timed, people[annotator_id].unread = timed, unread
    for annotator_id, agreed in _as_agreed(project):
        people[annotator_id].agreed = agreed
    for annotator_id, reviewed, corrected in _reviewed(project):
        people[annotator_id].reviewed, people[annotator_id].corrected = reviewed, corrected
    for annotator_id, skipped in _skipped(project):
        people[annotator_id].skipped = skipped
    for skill in Skill.objects.filter(project=project):
        _add_skill(people[skill.annotator_id], skill)
    rows = sorted(
        (row for row in people.values() if row.annotations), key=lambda row: (-row.annotations, row.user.username)
    )
    for row in rows:
        row.quality_flags = comparison.quality_flags(row, rows)
    return rows


def _counted(project: Project) -> dict[int, Annotator]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT annotator_id, count(*), max(created_at), min(created_at),
                percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)
            FROM annotate_annotation WHERE project_id = %s GROUP BY annotator_id
            """,
            [project.pk],
        )
        rows = cursor.fetchall()
    users = User.objects.in_bulk([row[0] for row in rows])
    people = {pk: Annotator(users[pk], votes, [0] * 7, *times) for pk, votes, *times in rows}
    for annotator_id, day, votes in _in_a_week(project):
        if annotator_id in people:
            people[annotator_id].week[day] = votes
    return people


def _in_a_week(project: Project) -> list[tuple[int, int, int]]:
    """(annotator, day, votes) of the last seven days, of which 6 is today."""
    midnights = [midnight() - timedelta(days=ago) for ago in reversed(range(7))]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT annotator_id, width_bucket(created_at, %s::timestamptz[]) - 1, count(*)
            FROM annotate_annotation WHERE project_id = %s AND created_at >= %s GROUP BY 1, 2
            """,
            [midnights, project.pk, midnights[0]],
        )
        return [(annotator, day, votes) for annotator, day, votes in cursor.fetchall()]


def _on_gold(project: Project) -> list[tuple[int, int, int]]:
    """(annotator, answers to items whose right value is known, right ones)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT n.annotator_id, count(*), count(*) FILTER (WHERE n.value = i.gold)
            FROM annotate_annotation n JOIN annotate_item i ON i.id = n.item_id
            WHERE n.project_id = %s AND i.gold IS NOT NULL GROUP BY n.annotator_id
            """,
            [project.pk],
        )
        return [(annotator, votes, right) for annotator, votes, right in cursor.fetchall()]


def _by_chance(project: Project) -> list[tuple[int, float]]:
    """(annotator, the share of right answers had they fallen on the items whose value is known by chance)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH known AS MATERIALIZED (
                SELECT n.annotator_id, n.value, i.gold
                FROM annotate_annotation n JOIN annotate_item i ON i.id = n.item_id
                WHERE n.project_id = %s AND i.gold IS NOT NULL
            ), answers AS (SELECT annotator_id, value, count(*) AS times FROM known GROUP BY 1, 2),
            wanted AS (SELECT annotator_id, gold AS value, count(*) AS times FROM known GROUP BY 1, 2),
            answered AS (SELECT annotator_id, count(*) AS times FROM known GROUP BY 1)
            SELECT annotator_id, sum(answers.times * wanted.times) / max(answered.times)::float8 ^ 2
            FROM answers JOIN wanted USING (annotator_id, value) JOIN answered USING (annotator_id) GROUP BY 1
            """,
            [project.pk],
        )
        return [(annotator, float(chance)) for annotator, chance in cursor.fetchall()]


def _unread(project: Project, people: list[int]) -> list[tuple[int, int, int]]:
    """(annotator, their last answers to texts that have a time, those that came sooner than the text can be read)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT person, count(*), count(*) FILTER (
                WHERE seconds < least(length(text), %(most)s) / %(speed)s::float8
            )
            FROM unnest(%(people)s::bigint[]) AS person, LATERAL (
                SELECT n.seconds, i.text FROM annotate_annotation n JOIN annotate_item i ON i.id = n.item_id
                WHERE n.annotator_id = person AND n.project_id = %(project)s
                ORDER BY n.created_at DESC LIMIT %(latest)s
            ) AS answer WHERE seconds IS NOT NULL AND text IS NOT NULL GROUP BY person
            """,
            {
                "people": people,
                "project": project.pk,
                "latest": LATEST,
                "most": READ_AT_MOST,
                "speed": READ_IN_A_SECOND,
            },
        )
        return [(annotator, timed, unread) for annotator, timed, unread in cursor.fetchall()]


def _as_agreed(project: Project) -> list[tuple[int, float]]:
    """(annotator, share of the answers that are the consensus), where there are several votes."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT n.annotator_id, avg((n.value = coalesce(c.human_value, c.value))::int)::float8
            FROM annotate_annotation n JOIN annotate_consensus c ON c.item_id = n.item_id
            WHERE n.project_id = %s AND c.votes > 1 GROUP BY n.annotator_id
            """,
            [project.pk],
        )
        return [(annotator, share) for annotator, share in cursor.fetchall()]


def _skipped(project: Project) -> QuerySet:
    """(annotator, items passed over)."""
    skipped = Assignment.objects.filter(project=project, status=Assignment.Status.SKIPPED)
    return skipped.order_by().values_list("annotator").annotate(n=Count("pk"))


def _reviewed(project: Project) -> list[tuple[int, int, int]]:
    """(annotator, reviewed answers, those corrected or sent back), by the newest review of each."""
    newest = Review.objects.filter(project=project).order_by("item", "annotator", "-id").distinct("item", "annotator")
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for annotator_id, decision in newest.values_list("annotator", "verdict"):
        counts[annotator_id][0] += 1
        counts[annotator_id][1] += decision != Review.Decision.ACCEPTED
    return [(annotator_id, reviewed, corrected) for annotator_id, (reviewed, corrected) in counts.items()]


def _add_skill(annotator: Annotator, skill: Skill) -> None:
    if skill.compared:
        annotator.skill = interval(skill.skill, skill.compared)
    if skill.agreement is not None and skill.compared:
        annotator.agreement, annotator.compared = interval(skill.agreement, skill.compared), skill.compared
    annotator.spam_score, annotator.entropy = skill.spam_score, skill.entropy


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often a person said a label (column) of items whose consensus is another (row)."""

    labels: list[str]
    counts: NDArray[np.int64]

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    def mistakes(self, most: int = 5) -> list[tuple[str, str, int]]:
        """(consensus, answered instead, how often), the most frequent first."""
        off = self.counts * (1 - np.eye(len(self.labels), dtype=np.int64))
        order = np.argsort(-off, axis=None, kind="stable")[:most]
        cells = [np.unravel_index(cell, off.shape) for cell in order]
        return [(self.labels[a], self.labels[b], int(off[a, b])) for a, b in cells if off[a, b]]


def confusion(project: Project, person: User) -> Confusion:
    """One person's answers against the consensus; where several labels fit, in pairs of agreed and answered."""
    names = project.label_names
    place = {name: position for position, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(c.human_value, c.value)::text, n.value::text, count(*)
            FROM annotate_annotation n JOIN annotate_consensus c ON c.item_id = n.item_id
            WHERE n.project_id = %s AND n.annotator_id = %s AND c.votes > 1 GROUP BY 1, 2
            """,
            [project.pk, person.pk],
        )
        for *pair, count in cursor.fetchall():
            for row, column in _pairs(*(tasktypes.labels_named(project.kind, orjson.loads(v)) for v in pair)):
                if row in place and column in place:
                    counts[place[row], place[column]] += count
    return Confusion(names, counts)


def _pairs(agreed: list[str], answered: list[str]) -> list[tuple[str, str]]:
    """Labels that both name stand on the diagonal; each missing one is beside each that was answered instead."""
    both = [(name, name) for name in agreed if name in answered]
    return both + [(a, b) for a in agreed if a not in answered for b in answered if b not in agreed]
