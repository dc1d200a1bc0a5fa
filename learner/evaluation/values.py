"""How good predicted values are that can be nearly right: spans, shapes, texts, ratings and rankings.

The figure is the first that the entry of `annotate_kit.merging` names: F1 of the parts found, texts' similarity, the
correlation of ratings, or Kendall's τ of rankings.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.models import Annotation, Item, Suggestion
from annotate_kit import merging
from annotate_kit.merging import Content
from learner.evaluation.scores import Score
from projects import tasktypes
from projects.models import Project

Ids = NDArray[np.int64]
REPLICATES = 500
NAMES = {"f1": "F1", "similarity": "Similarity", "correlation": "Correlation", "tau": "Kendall’s τ"}


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
        return "Right answers"
    if not _is_known(project):
        return "Score"
    first = next(iter(_entry(project).score([], [], [])))
    return f"{NAMES.get(first, first)} of {project.task_type.replace('_', ' ')}"


def judge(project: Project, items: Ids, values: Sequence[Any], rng: np.random.Generator) -> Judged | None:
    """How near the newest model's predictions are to what people agree on; None where there are none, or too few.

    Items of which somebody saw a prediction before they answered are left out.
    """
    if not _is_known(project):
        return None
    agreed = dict(zip(items.tolist(), values, strict=True))
    seen = Annotation.objects.filter(project=project, item__in=list(agreed), suggestion_shown__isnull=False)
    suggestions = Suggestion.objects.filter(
        project=project, item__in=agreed.keys() - set(seen.values_list("item", flat=True))
    )
    if not (model := suggestions.order_by("-created_at", "-id").values_list("model", flat=True).first()):
        return None
    predicted = dict(suggestions.filter(model=model).order_by("item").values_list("item", "value"))
    contents = _contents(list(predicted))
    known = [agreed[item] for item in predicted]
    figures = _entry(project).score(list(predicted.values()), known, contents)
    value = float(next(iter(figures.values())))
    if not math.isfinite(value):
        return None
    interval = _interval(project, value, list(predicted.values()), known, contents, rng)
    return Judged(model, len(predicted), Score(value, *interval), figures)


def _is_known(project: Project) -> bool:
    return tasktypes.merging_of(project.task_type) in merging.registry.names


def _entry(project: Project) -> Any:
    return merging.registry.load(tasktypes.merging_of(project.task_type))


def _contents(items: Sequence[int]) -> list[Content]:
    sizes = {row.pk: row for row in Item.objects.filter(pk__in=items).only("width", "height")}
    return [Content(None, sizes[item].width, sizes[item].height) for item in items]


def _by_item(
    project: Project, values: Sequence[Any], gold: Sequence[Any], contents: Sequence[Content]
) -> NDArray[np.float64]:
    """(n, 2): the figure is the ratio of the two columns' sums. Of F1 they are twice the right parts, and all parts."""
    entry, rows = _entry(project), []
    for value, true, content in zip(values, gold, contents, strict=True):
        figures = entry.score([value], [true], [content])
        if "precision" in figures:
            rows.append((2 * figures["precision"] * len(value), len(value) + len(true)))
        else:
            rows.append((next(iter(figures.values())), 1))
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _interval(
    project: Project,
    value: float,
    predicted: Sequence[Any],
    known: Sequence[Any],
    contents: Sequence[Content],
    rng: np.random.Generator,
) -> tuple[float, float]:
    """The 95 % interval of a bootstrap over items, the value within."""
    parts = _by_item(project, predicted, known, contents)
    drawn = rng.integers(len(parts), size=(REPLICATES, len(parts)))
    if np.isnan(parts).any():  # a figure of several items, as a correlation
        figures = np.array([_figure(project, predicted, known, contents, rows) for rows in drawn.tolist()])
    else:
        sums = parts[drawn].sum(axis=1)
        figures = np.divide(sums[:, 0], sums[:, 1], out=np.ones(REPLICATES), where=sums[:, 1] > 0)
    low, high = np.nanpercentile(figures, [2.5, 97.5])
    return min(value, float(low)), max(value, float(high))


def _figure(
    project: Project, predicted: Sequence[Any], known: Sequence[Any], contents: Sequence[Content], rows: Sequence[int]
) -> float:
    """The figure of some items; NaN where it is none, as the correlation of equal numbers."""
    columns = ([column[row] for row in rows] for column in (predicted, known, contents))
    return float(next(iter(_entry(project).score(*columns).values())))
