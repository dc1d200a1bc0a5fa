"""Accepting all answers that a search finds in one step, once a sample of them was looked at and found right.

An item is accepted by accepting the answers that are its consensus. Items on which nobody said what is agreed, as with
merged shapes, are left for a look at each.
"""

from collections.abc import Sequence

import numpy as np
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from annotate import consensus
from annotate.consensus.annotator_model import Interval, interval
from annotate.items.search import Conditions
from annotate.items.selection import Selection
from annotate.models import Acceptance, Annotation, ConsensusDue, Item, Review
from annotate.queue.locks import lock_entries
from annotate.reviews import copy_of, decided
from core.postgres.transactions import atomic
from projects import label_sets
from projects.models import Project

SIZES = (10, 30, 100)
"""How many items a reviewer may look at before the others are accepted."""
MOST = 50_000
CHUNK = 500


class WrongInSample(ValueError):
    """Answers of the sample are wrong, so the others are not accepted."""

    def __init__(self, wrong: int, looked_at: int) -> None:
        share = share_wrong(wrong, looked_at)
        super().__init__(
            f"{wrong} of {looked_at} are wrong, so between {100 * share.low:.0f} and {100 * share.high:.0f} % of the "
            "others may be. Those that you found right are accepted, the others wait for a review."
        )


def share_wrong(wrong: int, looked_at: int) -> Interval:
    """Of all answers, what a sample says of the share that are wrong."""
    return interval(wrong / looked_at, looked_at)


def waiting(project: Project, conditions: Conditions) -> list[int]:
    """The items that the search finds, without a decision, on which somebody said what is agreed; the first MOST."""
    consensus.fresh(project, wait=False)
    selection = Selection(conditions)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT i.id FROM annotate_item i JOIN annotate_consensus agreed ON agreed.item_id = i.id
            WHERE i.project_id = %(project)s AND NOT agreed.settled AND {selection.sql} AND EXISTS (
                SELECT FROM annotate_annotation n WHERE n.item_id = i.id AND n.value = agreed.value
            )
            ORDER BY i.id LIMIT %(most)s
            """,  # noqa: S608  the conditions are ours
            {"project": project.pk, "most": MOST, **selection.values},
        )
        return [item for (item,) in cursor.fetchall()]


def sample(items: Sequence[int], size: int, seed: int) -> list[int]:
    """So many of these items at random, always the same by the same seed; in a random order."""
    rng = np.random.default_rng(seed)
    return [items[place] for place in rng.permutation(len(items))[:size]]


def accept(project: Project, reviewer: User, items: Sequence[int], sample_of: dict[int, bool]) -> Acceptance:
    """Accept the answers to these items by what the sample showed: {item: whether it is right}.

    WrongInSample when one is wrong; then those of the sample that are right are accepted and no other.
    """
    right = [item for item, is_right in sample_of.items() if is_right]
    acceptance = Acceptance.objects.create(project=project, reviewer=reviewer)
    _accept_all(acceptance, right, "")
    if len(right) < len(sample_of):
        raise WrongInSample(len(sample_of) - len(right), len(sample_of))
    others = [item for item in items if item not in sample_of]
    _accept_all(acceptance, others, f"Accepted after a sample of {len(right)} was right.")
    return acceptance


def undo(acceptance: Acceptance) -> int:
    """Take all of it back that was not decided on or changed since; returns how many answers that were.

    A stretch of answers in each transaction; where it is interrupted, the others are undone by calling it again.
    """
    ids = list(acceptance.reviews.order_by("item", "pk").values_list("pk", flat=True))
    return sum(_undo(acceptance.project_id, ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK))


def undoable(project: Project, reviewer: User, acceptance_id: int) -> Acceptance | None:
    """The reviewer's own acceptance, where something of it can still be taken back."""
    own = Acceptance.objects.filter(project=project, reviewer=reviewer, pk=acceptance_id)
    return own.filter(reviews__in=_as_left()).distinct().first()


def _as_left() -> QuerySet[Review]:
    """Acceptances after which the answer was neither changed nor reviewed again."""
    pair = {"item": OuterRef("item"), "annotator": OuterRef("annotator")}
    later = Review.objects.filter(**pair, pk__gt=OuterRef("pk"))
    same = Annotation.objects.filter(**pair, value=OuterRef("value"))
    return Review.objects.filter(~Exists(later), Exists(same), verdict=Review.Decision.ACCEPTED)


@atomic
def _undo(project_id: int, ids: Sequence[int]) -> int:
    """Locks are taken in the order of `queue.sql`."""
    label_sets.hold(project_id)
    _lock(project_id, list(Review.objects.filter(pk__in=ids).values_list("item", flat=True)))
    rows = dict(_as_left().filter(pk__in=ids).values_list("pk", "item"))
    Review.objects.filter(pk__in=rows).delete()
    due = sorted(set(rows.values()))
    ConsensusDue.objects.bulk_create(ConsensusDue(item_id=item, project_id=project_id) for item in due)
    return len(rows)


def _accept_all(acceptance: Acceptance, items: Sequence[int], comment: str) -> None:
    """A stretch of items in each transaction, so that nobody who labels waits long."""
    for start in range(0, len(items), CHUNK):
        _accept(acceptance, items[start : start + CHUNK], comment)


@atomic
def _accept(acceptance: Acceptance, items: Sequence[int], comment: str) -> None:
    """Locks are taken in the order of `queue.sql`; what was decided or changed meanwhile is passed over."""
    project, reviewer = acceptance.project, acceptance.reviewer
    assert reviewer is not None
    version = label_sets.hold(project.pk).version
    _lock(project.pk, items)
    agreed = dict(
        Item.objects.filter(project=project, pk__in=items, consensus__settled=False).values_list(
            "pk", "consensus__value"
        )
    )
    answers = Annotation.objects.select_for_update(of=["self"]).filter(item__in=agreed).order_by("pk")
    right = [answer for answer in answers if answer.value == agreed[answer.item_id]]
    accepted = Review.Decision.ACCEPTED
    decisions = [decided(answer, reviewer, accepted, comment, copy_of(answer, version)) for answer in right]
    for decision in decisions:
        decision.acceptance = acceptance
    Review.objects.bulk_create(decisions)
    due = sorted({answer.item_id for answer in right})
    ConsensusDue.objects.bulk_create(ConsensusDue(item_id=item, project=project) for item in due)


def _lock(project_id: int, items: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        lock_entries(cursor, project_id, "q.item_id = ANY(%(items)s)", items=list(items))
