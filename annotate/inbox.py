"""What others have to say to a person: answers that were sent back to them, and comments on items that concern them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from annotate import pseudonyms
from annotate.models import Annotation, Assignment, Comment, Item, Review
from annotate.queue import leasing
from projects.models import Project, Role

SHOWN_FOR = timedelta(days=60)
MOST_SHOWN = 100
MOST_COUNTED = 99


@dataclass(frozen=True, slots=True)
class Returned:
    """An answer of this person that a reviewer sent back, and that is not given again."""

    assignment: Assignment
    by: str
    reason: str
    at: datetime

    @property
    def item(self) -> Item:
        return self.assignment.item


@dataclass(frozen=True, slots=True)
class Inbox:
    """`returned` wait for an answer; `comments` are the newest first, those after `read_at` are new."""

    returned: list[Returned]
    comments: Sequence[Comment]
    read_at: datetime | None

    @property
    def new(self) -> int:
        return sum(self.is_new(comment) for comment in self.comments)

    def is_new(self, comment: Comment) -> bool:
        return self.read_at is None or comment.created_at > self.read_at


def of(user: User) -> Inbox:
    comments = list(_comments(user)[:MOST_SHOWN])
    for project in {comment.item.project for comment in comments if comment.item.project.hide_names}:
        pseudonyms.hide(project, user, [row.author for row in comments if row.item.project_id == project.pk])
    return Inbox(_returned(user), comments, user.inbox_read_at)


def count(user: User) -> int:
    """How much waits: answers that came back, and new comments; counted up to MOST_COUNTED + 1. Two queries."""
    limit = MOST_COUNTED + 1
    comments = _comments(user)
    if user.inbox_read_at:
        comments = comments.filter(created_at__gt=user.inbox_read_at)
    returned = _sent_back(user)[:limit].count()
    return min(returned + comments.order_by()[:limit].count(), limit)


def mark_read(user: User) -> None:
    """All comments so far are read."""
    user.inbox_read_at = timezone.now()
    User.objects.filter(pk=user.pk).update(inbox_read_at=user.inbox_read_at)


def _sent_back(user: User) -> QuerySet[Assignment]:
    return leasing.sent_back_to(user).filter(project__in=Project.objects.of(user))


def _returned(user: User) -> list[Returned]:
    leases = list(_sent_back(user).select_related("item__project").order_by("-leased_at")[:MOST_SHOWN])
    reviews = Review.objects.filter(
        annotator=user, item__in=[lease.item_id for lease in leases], verdict=Review.Decision.SENT_BACK
    )
    newest = {review.item_id: review for review in reviews.select_related("reviewer").order_by("id")}
    return [_as_returned(lease, newest[lease.item_id]) for lease in leases]


def _as_returned(lease: Assignment, review: Review) -> Returned:
    by = review.reviewer.username if review.reviewer else "A reviewer"
    return Returned(lease, by, review.comment, review.created_at)


def _comments(user: User) -> QuerySet[Comment]:
    """Those of others on items that this person labelled or commented on, or may review.

    The reason of an answer that was sent to this person comes with the answer, and not as a comment once more.
    """
    item = OuterRef("item")
    concerns = (
        Q(item__project__in=Project.objects.of(user, Role.REVIEWER))
        | Exists(Annotation.objects.filter(item=item, annotator=user))
        | Exists(Comment.objects.filter(item=item, author=user))
    )
    reason = Review.objects.filter(
        item=item,
        annotator=user,
        reviewer=OuterRef("author"),
        comment=OuterRef("text"),
        verdict=Review.Decision.SENT_BACK,
    )
    comments = Comment.objects.filter(
        concerns, created_at__gt=timezone.now() - SHOWN_FOR, item__project__in=Project.objects.of(user)
    )
    mine = comments.exclude(author=user).exclude(Exists(reason))
    return mine.select_related("item__project", "author").order_by("-created_at", "-id")
