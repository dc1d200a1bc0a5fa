"""Whether the queue keeps its promises in the database as it is: each check looks for rows that break one.

A check is one statement, so it sees one moment, also while people label.
"""

from dataclasses import dataclass
from time import sleep

from django.db import connection

from projects.models import Project

SWEEPS_WITHOUT_EFFECT = 3

# What the database itself promises, by the names of its constraints.
CONSTRAINTS = [
    "never_more_people_than_wanted",
    "assignment_once_a_pair",
    "annotation_once_a_pair",
    "annotate_annotation_assignment_id_key",
    "item_external_id_once_a_project",
]


@dataclass(frozen=True, slots=True)
class Check:
    """A promise, a query for the rows that break it, and a sentence about one such row, with a place a column."""

    promise: str
    query: str
    sentence: str


CHECKS = [
    Check(
        "every item has its place in the queue, in its own project",
        """
        SELECT i.external_id FROM annotate_item i LEFT JOIN annotate_queueentry q ON q.item_id = i.id
        WHERE i.project_id = %(project)s AND q.project_id IS DISTINCT FROM i.project_id ORDER BY i.id
        """,
        "{} has no place in the queue",
    ),
    Check(
        "the places that are taken are those of live leases and annotations",
        """
        SELECT i.external_id, q.taken, coalesce(l.n, 0), coalesce(n.n, 0)
        FROM annotate_queueentry q JOIN annotate_item i ON i.id = q.item_id
        LEFT JOIN (SELECT item_id, count(*) AS n FROM annotate_assignment
                   WHERE project_id = %(project)s AND status = 'leased' GROUP BY 1) l ON l.item_id = q.item_id
        LEFT JOIN (SELECT item_id, count(*) AS n FROM annotate_annotation
                   WHERE project_id = %(project)s GROUP BY 1) n ON n.item_id = q.item_id
        WHERE q.project_id = %(project)s AND q.taken <> coalesce(l.n, 0) + coalesce(n.n, 0) ORDER BY q.item_id
        """,
        "{} has {} places taken, but {} live leases and {} annotations",
    ),
    Check(
        "no item is with more people than it wants",
        """
        SELECT i.external_id, p.people, q.taken, q.wanted
        FROM annotate_queueentry q JOIN annotate_item i ON i.id = q.item_id
        LEFT JOIN (
            SELECT item_id, count(DISTINCT annotator_id) AS people FROM (
                SELECT item_id, annotator_id FROM annotate_assignment
                WHERE project_id = %(project)s AND status = 'leased'
                UNION ALL SELECT item_id, annotator_id FROM annotate_annotation WHERE project_id = %(project)s
            ) both_kinds GROUP BY item_id
        ) p ON p.item_id = q.item_id
        WHERE q.project_id = %(project)s AND (q.taken > q.wanted OR p.people > q.wanted) ORDER BY q.item_id
        """,
        "{} is with {} people and has {} places taken, but wants {}",
    ),
    Check(
        "every annotation has its assignment, which is submitted",
        """
        SELECT i.external_id, u.username, coalesce(a.status, 'missing')
        FROM annotate_annotation n JOIN annotate_item i ON i.id = n.item_id
        JOIN accounts_user u ON u.id = n.annotator_id
        LEFT JOIN annotate_assignment a ON a.id = n.assignment_id AND a.item_id = n.item_id
            AND a.annotator_id = n.annotator_id AND a.project_id = n.project_id
        WHERE n.project_id = %(project)s AND a.status IS DISTINCT FROM 'submitted' ORDER BY n.id
        """,
        "{} is annotated by {}, but the assignment of this annotation is {}",
    ),
    Check(
        "what was submitted is there",
        """
        SELECT i.external_id, u.username
        FROM annotate_assignment a JOIN annotate_item i ON i.id = a.item_id
        JOIN accounts_user u ON u.id = a.annotator_id
        WHERE a.project_id = %(project)s AND a.status = 'submitted'
            AND NOT EXISTS (SELECT FROM annotate_annotation n WHERE n.assignment_id = a.id) ORDER BY a.id
        """,
        "{} was submitted by {}, but the annotation is missing",
    ),
    Check(
        "an answer that is sent twice is one annotation",
        """
        SELECT u.username, count(*), min(i.external_id), max(i.external_id), n.client_key
        FROM annotate_annotation n JOIN annotate_item i ON i.id = n.item_id
        JOIN accounts_user u ON u.id = n.annotator_id
        WHERE n.project_id = %(project)s AND n.client_key IS NOT NULL
        GROUP BY u.username, n.client_key HAVING count(*) > 1 ORDER BY 1, 5
        """,
        "{} has {} annotations, of {} and {} among others, with the client_key {}",
    ),
    Check(
        "an answer that was replaced or taken back does not come again",
        """
        SELECT i.external_id, u.username, n.client_key
        FROM annotate_annotation n JOIN annotate_item i ON i.id = n.item_id
        JOIN accounts_user u ON u.id = n.annotator_id
        WHERE n.project_id = %(project)s AND EXISTS (
            SELECT FROM annotate_annotationchange h WHERE h.item_id = n.item_id AND h.annotator_id = n.annotator_id
                AND h.client_key = n.client_key AND h.act <> 'corrected'
        ) ORDER BY n.id
        """,
        "{} has an annotation of {} with the client_key {}, which is in its history already",
    ),
    Check(
        "every lease ends",
        """
        SELECT i.external_id, u.username, to_char(a.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
        FROM annotate_assignment a JOIN annotate_item i ON i.id = a.item_id
        JOIN accounts_user u ON u.id = a.annotator_id
        WHERE a.project_id = %(project)s AND a.status = 'leased'
            AND (a.expires_at < now() - interval '1 minute' OR a.expires_at > now() + interval '8 days') ORDER BY a.id
        """,
        "{} is leased to {} until {} UTC, and does not come back",
    ),
    Check(
        "what a reviewer sent back is annotated anew",
        """
        SELECT i.external_id, u.username
        FROM annotate_annotation n JOIN annotate_item i ON i.id = n.item_id
        JOIN accounts_user u ON u.id = n.annotator_id
        JOIN LATERAL (
            SELECT r.verdict, r.created_at FROM annotate_review r
            WHERE r.item_id = n.item_id AND r.annotator_id = n.annotator_id ORDER BY r.id DESC LIMIT 1
        ) newest ON newest.verdict = 'sent_back' AND newest.created_at > n.created_at + interval '1 minute'
        WHERE n.project_id = %(project)s ORDER BY n.id
        """,
        "{} was sent back to {}, but the former annotation is still in force",
    ),
    Check(
        "one whole order of the learner is in force",
        """
        SELECT b.generation, count(*), coalesce(max(s.generation), 0) FROM annotate_band b
        LEFT JOIN annotate_queuestate s ON s.project_id = b.project_id
        WHERE b.project_id = %(project)s GROUP BY b.generation HAVING b.generation <> coalesce(max(s.generation), 0)
        """,
        "generation {} of the order has {} items, but generation {} is in force",
    ),
]


def sweep(project: Project) -> None:
    """End the leases that have expired, as the next person who asks for items would."""
    without_effect, before = 0, -1
    with connection.cursor() as cursor:
        while without_effect < SWEEPS_WITHOUT_EFFECT:
            cursor.execute("UPDATE annotate_queuestate SET swept_at = NULL WHERE project_id = %s", [project.pk])
            cursor.execute("SELECT annotate_sweep(%s)", [project.pk])
            cursor.execute(
                "SELECT count(*) FROM annotate_assignment "
                "WHERE project_id = %s AND status = 'leased' AND expires_at < now()",
                [project.pk],
            )
            (remaining,) = cursor.fetchone()
            if not remaining:
                return
            if remaining == before:  # their items may be locked for a moment
                without_effect += 1
                sleep(0.1)
            before = remaining


def exceptions(check: Check, project: Project) -> list[str]:
    """What breaks the promise in a project, each row as a sentence."""
    with connection.cursor() as cursor:
        cursor.execute(check.query, {"project": project.pk})
        return [check.sentence.format(*row) for row in cursor.fetchall()]


def missing_constraints() -> list[str]:
    """The constraints by which the database keeps promises that are not in force."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE convalidated AND conname = ANY(%s)", [CONSTRAINTS])
        there = {name for (name,) in cursor.fetchall()}
    return [name for name in CONSTRAINTS if name not in there]
