"""How good a round's model is at each label, by the test items that had an answer then."""

from dataclasses import dataclass

import numpy as np

from annotate.consensus.annotator_model import Interval, interval
from core import charts
from core.charts.matrix import Matrix
from learner.models import Round

MOST_DRAWN = 30  # labels of which the confusions are drawn


@dataclass(frozen=True)
class Row:
    """`recall`: of the `items` that have the label, those that the model finds; `precision`: of those that it gives it,
    those that have it. None where there are none."""

    label: str
    items: int
    recall: Interval | None
    precision: Interval | None


@dataclass(frozen=True)
class ByLabel:
    rows: list[Row]
    matrix: Matrix | None


def of(round: Round) -> ByLabel | None:
    """None where too few test items had an answer, and where items have several labels."""
    counts, labels = round.record.get("confusion"), round.record.get("parameters", {}).get("labels")
    if not counts or not labels or round.is_too_early:
        return None
    table = np.array(counts)
    agreed, predicted, right = table.sum(axis=1), table.sum(axis=0), np.diag(table)
    rows = [
        Row(label, int(agreed[place]), _share(right[place], agreed[place]), _share(right[place], predicted[place]))
        for place, label in enumerate(labels)
    ]
    return ByLabel(rows, charts.confusion(table, labels) if len(labels) <= MOST_DRAWN else None)


def _share(right: int, of: int) -> Interval | None:
    return interval(int(right) / int(of), int(of)) if of else None
