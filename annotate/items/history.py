"""What became of an item: who answered, changed, reviewed, commented, flagged or skipped it, and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from annotate.models import Annotation, AnnotationChange, Assignment, Item, Review

NEWEST = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """`by` did `action` at `at`; to the answer `of` somebody, where that is another person. `value` is what was
    answered or stood before; `text` what was said about it."""

    at: datetime
    by: User | None
    action: str
    of: User | None = None
    value: Any = None
    text: str = ""


def of(item: Item) -> list[Entry]:
    """The newest first."""
    entries = [*_answers(item), *_changes(item), *_reviews(item), *_remarks(item), *_skips(item)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:NEWEST]


def _answers(item: Item) -> Iterator[Entry]:
    """Each answer when it was given first: of a changed one the value is that of the first change after it."""
    changes = AnnotationChange.objects.filter(item=item).order_by("id")
    first_values: dict[int, list[AnnotationChange]] = {}
    for change in changes:
        first_values.setdefault(change.annotator_id, []).append(change)
    for answer in Annotation.objects.filter(item=item).select_related("annotator"):
        later = [change for change in first_values.get(answer.annotator_id, []) if change.at >= answer.created_at]
        yield Entry(answer.created_at, answer.annotator, "answered", value=later[0].value if later else answer.value)


def _changes(item: Item) -> Iterator[Entry]:
    """Changes by annotators and by reviewers; the value is the one before."""
    actions = {
        AnnotationChange.Action.CHANGED: "changed their answer, which was",
        AnnotationChange.Action.UNDONE: "took back",
        AnnotationChange.Action.CORRECTED: "corrected",
        AnnotationChange.Action.SENT_BACK: "sent back",
    }
    rows = AnnotationChange.objects.filter(item=item).select_related("annotator", "by").order_by("-id")
    reasons = {(review.annotator_id, str(review.verdict)): review.comment for review in item.reviews.order_by("id")}
    for row in rows[:NEWEST]:
        yield Entry(
            row.at,
            row.by,
            actions[AnnotationChange.Action(row.act)],
            row.annotator if row.annotator_id != row.by_id else None,
            row.value,
            reasons.get((row.annotator_id, row.act), ""),
        )


def _reviews(item: Item) -> Iterator[Entry]:
    """What was accepted, or set right without a change; the other decisions are changes."""
    rows = item.reviews.select_related("annotator", "reviewer").order_by("-id")
    for row in rows.exclude(verdict=Review.Decision.SENT_BACK)[:NEWEST]:
        if row.verdict == Review.Decision.ACCEPTED or (row.former or {}).get("value") == row.value:
            yield Entry(row.created_at, row.reviewer, "accepted", row.annotator, row.value, row.comment)


def _remarks(item: Item) -> Iterator[Entry]:
    for comment in item.comments.select_related("author").order_by("-id")[:NEWEST]:
        yield Entry(comment.created_at, comment.author, "commented", text=comment.text)
    for flag in item.flags.select_related("raised_by"):
        yield Entry(flag.created_at, flag.raised_by, "flagged it")


def _skips(item: Item) -> Iterator[Entry]:
    skipped = Assignment.objects.filter(item=item, status=Assignment.Status.SKIPPED).select_related("annotator")
    for assignment in skipped:
        yield Entry(assignment.leased_at, assignment.annotator, "skipped it", text=assignment.reason)
