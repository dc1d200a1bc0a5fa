"""Which labels are probably wrong: confident learning on items that models had left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from annotate.models import Item, Suspect, SuspectShare
from annotate_kit import confident_learning
from annotate_kit.geometry.neighbours import nearest, unit_rows
from learner.dataset import Labelled
from projects.models import Project

Ids = NDArray[np.int64]

MOST = 500  # suspects that are kept: more than anybody reviews between two rounds
NEIGHBOURS = 5


@dataclass(frozen=True)
class Doubted:
    """Labelled items (n,), what models believe of them that had not seen them (n, L), and their features (n, d)."""

    labelled: Labelled
    proba: NDArray[np.floating]
    X: Any


@dataclass(frozen=True)
class Suspected:
    """The suspects of a round, the most suspect first, and the share of wrong labels.

    items       (n,), label (n,) the place of the label that the model believes
    proba       (n, 2) of that label, and of the one that people agree on
    neighbours  (n, NEIGHBOURS) the labelled items most like each, nearest first; 0 where there are fewer
    share       (4,) the share of wrong labels, the ends of its interval, and of how many labelled items
    """

    items: Ids
    label: NDArray[np.int64]
    proba: NDArray[np.float64]
    neighbours: Ids
    share: NDArray[np.float64]


def of(doubted: Doubted) -> Suspected:
    labelled, proba = doubted.labelled, doubted.proba
    suspects = confident_learning.suspects(labelled.answers, proba)
    order = suspects.order[:MOST]
    neighbours = np.zeros((len(order), NEIGHBOURS), dtype=np.int64)
    for rank, near in enumerate(_neighbours(doubted.X, order)):
        neighbours[rank, : len(near)] = labelled.items[near]
    return Suspected(
        labelled.items[order],
        proba[order].argmax(axis=1),
        np.stack([proba[order].max(axis=1), proba[order, labelled.answers[order]]], axis=1).astype(np.float64),
        neighbours,
        np.array([suspects.share, suspects.low, suspects.high, len(labelled)]),
    )


@transaction.atomic
def publish(project: Project, suspected: Suspected) -> None:
    """Keep the suspects of a round and the share of wrong labels, in place of those of the round before."""
    Suspect.objects.filter(project=project)._raw_delete("default")
    present = set(Item.objects.filter(pk__in=suspected.items.tolist()).values_list("pk", flat=True))
    Suspect.objects.bulk_create(row for row in _rows(project, suspected) if row.item_id in present)
    share, low, high, items = suspected.share.tolist()
    figures = {"share": share, "low": low, "high": high, "items": int(items)}
    SuspectShare.objects.update_or_create(project=project, defaults=figures)


@transaction.atomic
def remove(project: Project) -> None:
    """Forget what rounds doubted."""
    Suspect.objects.filter(project=project)._raw_delete("default")
    SuspectShare.objects.filter(project=project).delete()


def _rows(project: Project, suspected: Suspected) -> Iterator[Suspect]:
    labels = list(project.labels.values_list("pk", flat=True))
    for rank, item in enumerate(suspected.items.tolist()):
        probability, of_given = suspected.proba[rank].tolist()
        yield Suspect(
            item_id=item,
            project=project,
            rank=rank,
            label_id=labels[int(suspected.label[rank])],
            probability=probability,
            probability_of_given=of_given,
            neighbours=suspected.neighbours[rank][suspected.neighbours[rank] > 0].tolist(),
        )


def _neighbours(X: Any, order: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Of each of these rows, the places of the rows most like it, nearest first, without itself."""
    if not len(order):
        return []
    unit = unit_rows(X)
    places, similarities = nearest(unit[order], unit, NEIGHBOURS + 1)
    by_likeness = np.take_along_axis(places, np.argsort(-similarities, axis=1, kind="stable"), axis=1)
    return [near[near != row][:NEIGHBOURS] for row, near in zip(order, by_likeness, strict=True)]
