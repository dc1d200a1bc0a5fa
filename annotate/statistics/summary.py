"""The figures of a project as REST tells them: how far it is, who did what, how far people agree."""

from math import isnan
from typing import Any

from accounts.models import User
from annotate import pseudonyms
from annotate.consensus import vote_arrays
from annotate.consensus.annotator_model import Interval
from annotate.models import Skill, annotators_of
from annotate.statistics import annotators, attention, progress
from annotate.statistics.agreement import PART_QUESTIONS
from annotate.statistics.cached import cached
from annotate_kit import agreement as coefficients
from annotate_kit.agreement import Agreement
from projects.models import Project


def progress_counts(project: Project) -> dict[str, int]:
    """How far the work is."""
    now = progress.progress(project)
    return {
        "items": now.items,
        "done": now.done,
        "open": now.items - now.done,
        "leased": project.assignments.live().count(),
        "votes_wanted": now.votes + now.votes_left,
        "annotations": now.votes,
        "annotators": annotators_of(project).count(),
    }


def annotator_rows(project: Project, viewer: User | None = None) -> list[dict[str, Any]]:
    """Everybody who annotated, by the name that the viewer sees, or by user name."""
    rows = annotators.annotators(project)
    if viewer:
        pseudonyms.hide(project, viewer, [row.user for row in rows])
    confusion = dict(Skill.objects.filter(project=project).values_list("annotator", "confusion"))
    return [
        {
            "username": row.user.username,
            "annotations": row.annotations,
            "skipped": row.skipped,
            "seconds": row.median_seconds,
            "agreed": row.agreed,
            "right": row.gold and row.gold.value,
            "gold_seen": row.gold_seen,
            "gold_right": row.gold_right,
            "skill": _shape(row.skill),
            "agreement": _shape(row.agreement),
            "gold": _shape(row.gold),
            "confusion": confusion.get(row.user.pk),
            "spam_score": row.spam_score,
            "hints": row.quality_flags,
            "reviewed": row.reviewed,
            "corrected": row.corrected,
            "first_at": row.first_at,
            "last_at": row.last_at,
        }
        for row in sorted(rows, key=lambda row: row.user.username)
    ]


def attention_rows(project: Project, viewer: User) -> list[dict[str, Any]]:
    """Everybody who has verified a page, by the name that the viewer sees."""
    rows = attention.of_people(project)
    pseudonyms.hide(project, viewer, [row.user for row in rows])
    return [
        {
            "username": row.user.username,
            "pages": row.pages,
            "dropped": row.dropped,
            "noticed": _shape(row.noticed),
            "tiles": row.tiles,
            "marked": row.marked,
            "seconds": row.seconds,
        }
        for row in sorted(rows, key=lambda row: row.user.username)
    ]


def _shape(share: Interval | None) -> dict[str, float] | None:
    return None if share is None else {"value": share.value, "low": share.low, "high": share.high}


def agreement_rows(project: Project) -> list[dict[str, Any]]:
    """Every coefficient of agreement that takes any number of people, with its interval; then those of parts."""
    return cached(("coefficients", project.pk), lambda: _coefficients(project))


def _coefficients(project: Project) -> list[dict[str, Any]]:
    votes = vote_arrays.read(project)
    names = [name for name in coefficients.registry.names if name != "cohen"]  # that one is for two: see the pairs
    titles = coefficients.registry.title
    rows = [_row(name, titles(name), coefficients.measure(votes.as_values, name)) for name in names]
    of_parts = project.kind.agreement(votes) if len(votes) and hasattr(project.kind, "agreement") else {}
    return rows + [_row(name, PART_QUESTIONS[name], measure) for name, measure in of_parts.items()]


def _row(name: str, title: str, measure: Agreement) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "value": _number(measure.value),
        "low": _number(measure.low),
        "high": _number(measure.high),
        "confidence": measure.confidence,
        "n_items": measure.n_items,
    }


def _number(value: float) -> float | None:
    return None if isnan(value) else value
