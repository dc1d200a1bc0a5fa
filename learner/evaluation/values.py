"""How good predicted values are that can be nearly right: spans, shapes, texts, ratings, forms and rankings.

The figure is the first that the project's learner names or, where it has no `score`, the entry of
`annotate_kit.merging` for the kind of value: F1 of the parts found, texts' similarity, the correlation of ratings,
the share of right answers of forms, or that of pairs in the right order of comparisons and rankings.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.models import Annotation, Item, Suggestion
from annotate_kit import learners, merging
from annotate_kit.merging import Content
from learner.evaluation.scores import Score
from projects import tasktypes
from projects.models import Project

Ids = NDArray[np.int64]
REPLICATES = 500
RIGHT = "Right answers"
SHARES = {"right": RIGHT, "ordered": "Pairs in the right order"}
NAMES = {"f1": "F1", "similarity": "Similarity", "correlation": "Correlation"}


@dataclass(frozen=True)
class Judged:
    """What a model elsewhere predicted of items that people answered without seeing it.

    score     its figure, with the interval of a bootstrap over the items
    figures   all of them, by name
    """

    model: str
    n_items: int
    score: Score
    figures: dict[str, float]

    @property
    def record(self) -> dict[str, Any]:
        rounded = {name: round(value, 4) for name, value in self.figures.items() if math.isfinite(value)}
        return {"model": self.model, "items": self.n_items, **rounded}


def figure_name(project: Project) -> str:
    """What the score of a project's rounds is called on pages."""
    if project.labels_whole_items:
        return RIGHT
    if (entry := scorer(project)) is None:
        return "Score"
    first = next(iter(entry.score([], [], [])))
    if first in SHARES:
        return SHARES[first]
    return f"{NAMES.get(first, first)} of {project.task_type.replace('_', ' ')}"


def judge(project: Project, items: Ids, values: Sequence[Any], rng: np.random.Generator) -> Judged | None:
    """How near the newest model's predictions are to what people agree on; None where there are none, or too few.

    Items of which somebody saw a prediction before they answered are left out.
    """
    if (entry := scorer(project)) is None:
        return None
    agreed = dict(zip(items.tolist(), values, strict=True))
    seen = Annotation.objects.filter(project=project, item__in=list(agreed), suggestion_shown__isnull=False)
    suggestions = Suggestion.objects.filter(
        project=project, item__in=agreed.keys() - set(seen.values_list("item", flat=True))
    )
    if not (model := suggestions.order_by("-created_at", "-id").values_list("model", flat=True).first()):
        return None
    predicted = dict(suggestions.filter(model=model).order_by("item").values_list("item", "value"))
    pairs = zip(
        learnable(project, list(predicted.values())),
        learnable(project, [agreed[item] for item in predicted]),
        _contents(list(predicted)),
        strict=True,
    )
    rows = [row for row in pairs if row[0] is not None and row[1] is not None]
    compared = Compared(entry, *([row[column] for row in rows] for column in range(3)))
    if (score := compared.score(rng)) is None:
        return None
    return Judged(model, len(rows), score, compared.figures)


def learnable(project: Project, values: Sequence[Any]) -> Sequence[Any]:
    """What can be learned of each value; None where it is nothing."""
    if not hasattr(project.kind, "learnable"):
        return values
    return [project.kind.learnable(value, project.spec) for value in values]


def scorer(project: Project) -> Any | None:
    """What has `score` for the project's values, as this module says; None where nothing has."""
    if project.kind.learner in learners.registry:
        learner = learners.registry.load(project.kind.learner)
        if hasattr(learner, "score"):
            return learner
    kind = tasktypes.merging_of(project.task_type)
    return merging.registry.load(kind) if kind in merging.registry else None


def _contents(items: Sequence[int]) -> list[Content]:
    sizes = {row.pk: row for row in Item.objects.filter(pk__in=items).only("width", "height")}
    return [Content(None, sizes[item].width, sizes[item].height) for item in items]


@dataclass(frozen=True)
class Compared:
    """Predicted values beside those that people agree on; `scorer` has `score` for them."""

    scorer: Any
    predicted: Sequence[Any]
    known: Sequence[Any]
    contents: Sequence[Content]

    @property
    def figures(self) -> dict[str, float]:
        return dict(self.scorer.score(self.predicted, self.known, self.contents))

    @property
    def figure(self) -> float:
        """The first one; NaN where it is none, as the correlation of equal numbers."""
        return float(next(iter(self.figures.values())))

    def score(self, rng: np.random.Generator) -> Score | None:
        """The figure with the 95 % interval of a bootstrap over items, the figure within; None where it is none."""
        value = self.figure
        if not math.isfinite(value):
            return None
        low, high = np.nanpercentile(self._replicates(rng), [2.5, 97.5])
        return Score(value, min(value, float(low)), max(value, float(high)))

    def _replicates(self, rng: np.random.Generator) -> NDArray[np.float64]:
        parts = self._by_item()
        drawn = rng.integers(len(parts), size=(REPLICATES, len(parts)))
        if np.isnan(parts).any():  # a figure of several items, as a correlation
            return np.array([self._part(rows).figure for rows in drawn.tolist()])
        sums = parts[drawn].sum(axis=1)
        return np.divide(sums[:, 0], sums[:, 1], out=np.full(REPLICATES, self._part([]).figure), where=sums[:, 1] > 0)

    def _part(self, rows: Sequence[int]) -> "Compared":
        columns = ([column[row] for row in rows] for column in (self.predicted, self.known, self.contents))
        return Compared(self.scorer, *columns)

    def _by_item(self) -> NDArray[np.float64]:
        """(n, 2): the figure is the ratio of the two columns' sums. Of F1 they are twice the right parts, and all
        parts; of right answers these, and those that were compared."""
        rows = []
        for row, (value, true) in enumerate(zip(self.predicted, self.known, strict=True)):
            figures = self._part([row]).figures
            if "precision" in figures:
                rows.append((2 * figures["precision"] * len(value), len(value) + len(true)))
            elif "right" in figures:
                n_compared = len(value.keys() & true.keys())
                rows.append((figures["right"] * n_compared if n_compared else 0, n_compared))
            else:
                rows.append((next(iter(figures.values())), 1))
        return np.array(rows, dtype=np.float64).reshape(-1, 2)
