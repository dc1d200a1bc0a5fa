"""Which of several systems people prefer, over all items: the candidates of an item are known by what made them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from annotate.models import Annotation
from annotate.statistics.cached import cached
from annotate_kit import ranking
from annotate_kit.ranking import Comparisons
from projects.models import Project

MOST = 100_000
"""Annotations that are looked at, the newest."""


@dataclass(frozen=True, slots=True)
class System:
    """`share` of its `comparisons` that it won; `strength`, the chance that it wins against the average system."""

    name: str
    comparisons: int
    share: float
    strength: float


def compared(project: Project) -> list[System]:
    """The best first, by Bradley and Terry's model; none where the candidates of no item are named."""
    if not getattr(project.spec.options, "systems", ""):
        return []
    return cached(("systems", project.pk), lambda: _compared(project))


def _compared(project: Project) -> list[System]:
    rows = list(_wins(project))
    if not rows:
        return []
    betters, worses, judges = zip(*rows, strict=True)
    names, number = np.unique([*betters, *worses], return_inverse=True)
    people, person = np.unique(judges, return_inverse=True)
    better, worse = number[: len(rows)], number[len(rows) :]
    won = np.ones(len(rows), dtype=bool)
    scores = ranking.registry.load("bradley_terry").rank(
        Comparisons(better, worse, person, won, len(names), len(people))
    )
    wins, losses = (np.bincount(side, minlength=len(names)) for side in (better, worse))
    share = wins / (wins + losses)
    chance = 1 / (1 + np.exp(-scores.score))
    return [
        System(str(names[n]), int(wins[n] + losses[n]), float(share[n]), float(chance[n]))
        for n in scores.order().tolist()
    ]


def _wins(project: Project) -> Iterator[tuple[str, str, int]]:
    """(the better system, the worse one, who says so) of every two candidates of different systems."""
    field = project.spec.options.systems
    answers = Annotation.objects.filter(project=project, item__meta__has_key=field).order_by("-id")
    for value, meta, person in answers.values_list("value", "item__meta", "annotator")[:MOST]:
        names = meta[field]
        if not isinstance(names, list) or not project.is_value(value):
            continue
        for better, worse in project.kind.beaten(value):
            if max(better, worse) < len(names) and names[better] != names[worse]:
                yield str(names[better]), str(names[worse]), person
