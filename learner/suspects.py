"""Which labels are probably wrong: confident learning on items that models had left out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from annotate.models import Item, Suspect, SuspectShare
from annotate.pages import offers
from annotate_kit import confident_learning
from annotate_kit.geometry.neighbours import nearest, unit_rows
from learner.dataset import Labelled
from projects.models import Project

MOST = 500  # suspects that are kept: more than anybody reviews between two rounds
NEIGHBOURS = 5


@dataclass(frozen=True)
class Doubted:
    """Labelled items (n,), what models believe of them that had not seen them (n, L), and their features (n, d)."""

    labelled: Labelled
    proba: NDArray[np.floating]
    X: Any


def publish(project: Project, doubted: Doubted) -> None:
    """Keep the suspects of a round and the share of wrong labels, in place of those of the round before."""
    if not offers.is_possible(project):
        return
    suspects = confident_learning.suspects(doubted.labelled.answers, doubted.proba)
    rows = list(_rows(project, doubted, suspects.order[:MOST]))
    with transaction.atomic():
        Suspect.objects.filter(project=project)._raw_delete("default")
        present = set(Item.objects.filter(pk__in=[row.item_id for row in rows]).values_list("pk", flat=True))
        Suspect.objects.bulk_create(row for row in rows if row.item_id in present)
        figures = {"share": suspects.share, "low": suspects.low, "high": suspects.high, "items": len(doubted.labelled)}
        SuspectShare.objects.update_or_create(project=project, defaults=figures)


def _rows(project: Project, doubted: Doubted, order: NDArray[np.intp]) -> list[Suspect]:
    items, answers = doubted.labelled.items, doubted.labelled.answers
    labels = list(project.labels.values_list("pk", flat=True))
    return [
        Suspect(
            item_id=int(items[place]),
            project=project,
            rank=rank,
            label_id=labels[int(doubted.proba[place].argmax())],
            probability=float(doubted.proba[place].max()),
            probability_of_given=float(doubted.proba[place, answers[place]]),
            neighbours=items[near].tolist(),
        )
        for rank, (place, near) in enumerate(zip(order, _neighbours(doubted.X, order), strict=True))
    ]


def _neighbours(X: Any, order: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Of each of these rows, the places of the rows most like it, nearest first, without itself."""
    if not len(order):
        return []
    unit = unit_rows(X)
    places, similarities = nearest(unit[order], unit, NEIGHBOURS + 1)
    by_likeness = np.take_along_axis(places, np.argsort(-similarities, axis=1, kind="stable"), axis=1)
    return [near[near != row][:NEIGHBOURS] for row, near in zip(order, by_likeness, strict=True)]
