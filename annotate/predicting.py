"""What a model that was trained elsewhere says of items: checked, kept as suggestions, and perhaps made the order."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

import annotate_kit.acquisition
from annotate import columns, priorities, suggestions
from annotate.suggestions import Proposal
from annotate_kit.acquisition import Pool, top
from projects.models import Project

BAND = 50_000
FIELDS = {"external_id", "item", "proba", "value", "score"}
NEARLY_ONE = (0.98, 1.02)
NUMBERS = {int, float}
_OPEN = "SELECT item_id FROM annotate_queueentry WHERE project_id = %(project)s AND open"


class Prediction(NamedTuple):
    """`proba` is None where only a value was predicted, `score` where none was given."""

    value: Any
    proba: list[float] | None
    score: float | None


def checker(project: Project) -> Callable[[Mapping[str, Any]], Prediction]:
    """What makes a prediction of a row {proba? value? score?}; ValueError says what would be right."""
    names, kind = project.label_names, project.kind
    known = set(names)

    def check(row: Mapping[str, Any]) -> Prediction:
        if not row.keys() <= FIELDS:
            unknown = min(row.keys() - FIELDS)
            raise ValueError(f"unknown field {unknown!r}; known are {', '.join(sorted(FIELDS))}")
        proba = None if row.get("proba") is None else _proba(row["proba"], names, known, kind.multiple)
        if row.get("value") is not None:
            value = kind.clean(row["value"], names)
        elif proba is not None:
            value = kind.value(_chosen(proba, kind.multiple), names)
        else:
            raise ValueError("a row has proba or value or both")
        return Prediction(value, proba, _score(row.get("score")))

    return check


def _proba(given: Any, names: list[str], known: set[str], multiple: bool) -> list[float]:
    """The probabilities in the order of the labels."""
    if not isinstance(given, dict):
        raise ValueError('proba must be an object such as {"yes": 0.9, "no": 0.1}')
    if not given.keys() <= known:
        raise ValueError(f"{min(given.keys() - known)!r} is no label of this project; it has {', '.join(names)}")
    proba = [given.get(name, 0.0) for name in names]
    if not (set(map(type, proba)) <= NUMBERS and min(proba) >= 0 and max(proba) <= 1):
        raise ValueError("probabilities are numbers from 0 to 1")
    total = sum(proba)
    if not multiple and not NEARLY_ONE[0] <= total <= NEARLY_ONE[1]:
        raise ValueError(f"the probabilities must sum to 1, they sum to {total:.4g}")
    return proba if multiple else [share / total for share in proba]


def _chosen(proba: list[float], multiple: bool) -> list[int]:
    """The positions that the probabilities speak for: the likeliest label, or every label above one half."""
    if multiple:
        return [place for place, share in enumerate(proba) if share > 0.5]
    return [proba.index(max(proba))]


def _score(score: Any) -> float | None:
    if score is not None and (type(score) not in (int, float) or not math.isfinite(score)):
        raise ValueError("score must be a finite number; higher means: ask sooner")
    return None if score is None else float(score)


class Order:
    """Collects how much each item should be asked about, and publishes the order that follows.

    `wished`: scores were given, which have no other meaning, or no model of ours makes an order.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.wished = not project.learning
        self._items: list[np.ndarray] = []
        self._scores: list[np.ndarray] = []

    def add(self, items: list[int], scores: np.ndarray) -> None:
        self._items.append(np.asarray(items, dtype=np.int64))
        self._scores.append(scores)

    def publish(self) -> int | None:
        """Ask about the open items of the highest scores first; the generation, None when there is none to ask."""
        if not self._items:
            return None
        items, scores = np.concatenate(self._items), np.concatenate(self._scores)
        still_open = columns.read(_OPEN, {"item": ">i8"}, {"project": self.project.pk})["item"]
        kept = np.isin(items, still_open) & ~np.isnan(scores)
        if not kept.any():
            return None
        items, scores = items[kept], scores[kept]
        return priorities.publish(self.project, items[top(scores, BAND)])


def store(project: Project, model: str, said: Mapping[int, Prediction], order: Order) -> int:
    """Keep predictions as the model's suggestions, and note in `order` how much each item should be asked about."""
    items, scores = list(said), _scores(project, list(said.values()))
    order.add(items, scores)
    order.wished = order.wished or any(one.score is not None for one in said.values())
    names = project.label_names
    return suggestions.store(
        project,
        model,
        (
            Proposal(
                item,
                prediction.value,
                None if prediction.proba is None else dict(zip(names, prediction.proba, strict=True)),
                None if math.isnan(score) else score,
            )
            for (item, prediction), score in zip(said.items(), scores.tolist(), strict=True)
        ),
    )


def _scores(project: Project, predictions: list[Prediction]) -> np.ndarray:
    """The scores that were given; those of the acquisition function where probabilities were; else NaN."""
    scores = np.array([np.nan if one.score is None else one.score for one in predictions], dtype=np.float64)
    judged = [place for place, one in enumerate(predictions) if one.score is None and one.proba is not None]
    if judged:
        proba = np.array([predictions[place].proba for place in judged], dtype=np.float64)
        pool = Pool(proba, multilabel=project.kind.multiple, rng=np.random.default_rng())
        scores[judged] = annotate_kit.acquisition.registry.load(project.acquisition).score(pool)
    return scores
