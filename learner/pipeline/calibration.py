"""What the calibration items of adaptive votes say: how far one vote can be trusted, and what the model adds to it.

A random share of the items gets three votes whatever anybody is sure of. On these, what the first person said is held
against what all of them agree on: that is how often an item would be wrong if its first vote were its last.
"""

from dataclasses import dataclass

import numpy as np
from django.db import connection

from annotate.consensus.annotator_model import Interval, interval
from learner.pipeline import adaptive_votes
from learner.pipeline.adaptive_votes import CALIBRATION_VOTES, FEWEST_KNOWN
from projects.models import Project

_ITEMS = """
    SELECT c.item_id, first.value = agreed.value, to_jsonb(l.name) = agreed.value, to_jsonb(l.name) = first.value
    FROM annotate_consensus c
    CROSS JOIN LATERAL (SELECT coalesce(c.human_value, c.value) AS value) agreed
    CROSS JOIN LATERAL (
        SELECT a.value FROM annotate_annotation a WHERE a.item_id = c.item_id ORDER BY a.id LIMIT 1
    ) first
    LEFT JOIN annotate_modelvote m ON m.item_id = c.item_id LEFT JOIN projects_label l ON l.id = m.label_id
    WHERE c.project_id = %s AND c.votes >= %s AND c.value IS NOT NULL ORDER BY c.item_id
"""


@dataclass(frozen=True)
class Calibration:
    """Shares of the calibration items with three votes, with 95 % intervals; None where there are too few.

    first    of which the first vote is what all agree on
    model    of which the model, which had not seen them, says that
    same     of which the first vote and the model say the same
    if_same  of those, where that is what all agree on
    if_not   of the others, where the first vote is
    """

    items: int
    first: Interval | None = None
    model: Interval | None = None
    same: Interval | None = None
    if_same: Interval | None = None
    if_not: Interval | None = None

    @property
    def lacking(self) -> str:
        """Why nothing can be said yet; else empty."""
        if self.first is not None:
            return ""
        return f"{self.items} of {FEWEST_KNOWN} calibration items have {CALIBRATION_VOTES} votes"


def of(project: Project) -> Calibration | None:
    """None in projects whose votes do not adapt."""
    if not project.adapts_votes:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [project.pk, CALIBRATION_VOTES])
        rows = cursor.fetchall()
    items = np.array([item for item, *_ in rows], dtype=np.int64)
    is_in = adaptive_votes.is_calibration(project, items)
    chosen = [row[1:] for row, counts in zip(rows, is_in.tolist(), strict=True) if counts]
    if len(chosen) < FEWEST_KNOWN:
        return Calibration(len(chosen))
    with_model = [(first, model, same) for first, model, same in chosen if same is not None]
    return Calibration(
        len(chosen),
        first=_share([first for first, _, _ in chosen]),
        model=_share([model for _, model, _ in with_model]),
        same=_share([same for _, _, same in with_model]),
        if_same=_share([first for first, _, same in with_model if same]),
        if_not=_share([first for first, _, same in with_model if not same]),
    )


def _share(answers: list[bool]) -> Interval | None:
    return interval(sum(answers) / len(answers), len(answers)) if answers else None
