"""What the votes on an item agree on.

An answer only marks its item as due; whoever reads consensus refreshes what is due first, in bulk. So labelling
pays one narrow insert, and nobody ever reads a stale consensus.
"""

from collections import Counter
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from annotate.models import Annotation, Consensus
from methods.aggregation import Votes, aggregate
from projects.models import Project

AT_ONCE = 20_000


def refresh(project: Project) -> int:
    """Make the consensus of every item whose votes changed; returns how many were made."""
    made = 0
    while due := _refresh_some(project):
        made += due
    return made


@transaction.atomic
def _refresh_some(project: Project) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM annotate_consensusdue WHERE id IN (
                SELECT id FROM annotate_consensusdue WHERE project_id = %s LIMIT %s FOR UPDATE SKIP LOCKED
            ) RETURNING item_id
            """,
            [project.pk, AT_ONCE],
        )
        item_ids = sorted({item_id for (item_id,) in cursor.fetchall()})
    if item_ids:
        store(project, item_ids)
    return len(item_ids)


def store(project: Project, item_ids: list[int]) -> None:
    """Aggregate the votes of these items and keep what they agree on; items without votes have no consensus."""
    said = list(Annotation.objects.filter(item__in=item_ids).order_by("item").values_list("item", "annotator", "value"))
    voted = sorted({item_id for item_id, _, _ in said})
    Consensus.objects.filter(item__in=set(item_ids) - set(voted)).delete()
    people = Counter(item_id for item_id, _, _ in said)
    now = timezone.now()
    Consensus.objects.bulk_create(
        (
            Consensus(
                item_id=item_id,
                project=project,
                value=_agreed(project, belief),
                belief=dict(zip(project.label_names, np.round(belief, 6).tolist(), strict=True)),
                votes=people[item_id],
                method=project.aggregation,
                updated_at=now,
            )
            for item_id, belief in zip(voted, _beliefs(project, said), strict=True)
        ),
        update_conflicts=True,
        unique_fields=["item"],
        update_fields=["value", "belief", "votes", "method", "updated_at"],
    )


def _beliefs(project: Project, said: list[tuple[int, int, Any]]) -> np.ndarray:
    """(items, labels) probabilities from (item, annotator, value) rows sorted by item. Where several labels can be
    chosen at once, each label is a yes-or-no question of its own (binary relevance)."""
    items = np.unique([item_id for item_id, _, _ in said], return_inverse=True)[1].astype(np.int32)
    people = np.unique([annotator for _, annotator, _ in said], return_inverse=True)[1].astype(np.int32)
    chosen = np.zeros((len(said), len(project.label_names)), dtype=np.int32)
    for row, (_, _, value) in enumerate(said):
        chosen[row, project.kind.votes(value, project.label_names)] = 1
    n_items, n_people = int(items.max()) + 1 if len(said) else 0, int(people.max()) + 1 if len(said) else 0
    if not project.kind.multiple:
        votes = Votes(items, people, chosen.argmax(axis=1).astype(np.int32), n_items, n_people, chosen.shape[1])
        return aggregate(votes, project.aggregation).beliefs
    each = [Votes(items, people, answers, n_items, n_people, 2) for answers in chosen.T]
    return np.stack([aggregate(votes, project.aggregation).beliefs[:, 1] for votes in each], axis=1)


def _agreed(project: Project, belief: np.ndarray) -> Any:
    """The value that a belief speaks for: the likeliest label, or every label above one half."""
    positions = np.flatnonzero(belief > 0.5) if project.kind.multiple else [int(belief.argmax())]
    return project.kind.value([int(position) for position in positions], project.label_names)
