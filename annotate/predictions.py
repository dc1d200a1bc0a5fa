"""What a model that was trained elsewhere says of items: checked, kept as suggestions, and perhaps made the order."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

import annotate_kit.acquisition
from annotate.queue import ordering, suggestions
from annotate.queue.suggestions import Proposal
from annotate_kit.acquisition import MissingInput, Pool, arranged, margin, top
from core.postgres import copy
from projects import label_sets
from projects.models import Project

BAND = 50_000
BATCH = 100  # items that are selected together, where no number of annotations starts a round
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
    present = label_sets.former(project.pk, project.label_set)

    def check(row: Mapping[str, Any]) -> Prediction:
        if not row.keys() <= FIELDS:
            unknown = min(row.keys() - FIELDS)
            raise ValueError(f"unknown field {unknown!r}; known are {', '.join(sorted(FIELDS))}")
        proba = None if row.get("proba") is None else _proba(row["proba"], names, present, kind.multiple)
        if row.get("value") is not None:
            value = label_sets.clean_by_former(kind, row["value"], names, present)
        elif proba is not None:
            value = kind.value(_chosen(proba, kind.multiple), names)
        else:
            raise ValueError("a row has proba or value or both")
        return Prediction(value, proba, _score(row.get("score")))

    return check


def _proba(given: Any, names: list[str], present: Mapping[str, str], multiple: bool) -> list[float]:
    """The probabilities in the order of the labels; `present` has what each name, a former one too, is today."""
    if not isinstance(given, dict):
        raise ValueError('proba must be an object such as {"yes": 0.9, "no": 0.1}')
    if not given.keys() <= present.keys():
        unknown = min(given.keys() - present.keys())
        raise ValueError(f"{unknown!r} is no label of this project; it has {', '.join(names)}")
    if len({present[name] for name in given}) < len(given):
        raise ValueError("a label comes twice in proba, by its present name and by a former one")
    given = {present[name]: share for name, share in given.items()}
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

    `acquisition` judges probabilities; it is the project's own unless another one is named. A share `explore` of the
    places is dealt out at random among themselves.
    `wished`: scores were given, which have no other meaning, or no model of ours makes an order.
    """

    def __init__(
        self, project: Project, acquisition: str | None = None, explore: float = 0.0, seed: int | None = None
    ) -> None:
        self.project = project
        self.acquisition = annotate_kit.acquisition.registry.load(acquisition or project.acquisition)
        self.explore = explore
        self.wished = not project.learning
        self._rng = np.random.default_rng(seed)
        self._items: list[np.ndarray] = []
        self._scores: list[np.ndarray] = []
        self._proba: list[np.ndarray] = []

    def add(self, predictions: Mapping[int, Prediction]) -> np.ndarray:
        """Note how much these items should be asked about: their scores, NaN where nothing says so.

        The score that was given, or that of the acquisition function where probabilities were.
        """
        rows = list(predictions.values())
        given = np.array([np.nan if row.score is None else row.score for row in rows], dtype=np.float64)
        unknown = [np.nan] * len(self.project.label_names)
        proba = np.array([unknown if row.proba is None else row.proba for row in rows], dtype=np.float64)
        proba = proba.reshape(len(rows), len(unknown))
        proba[~np.isnan(given)] = np.nan
        judged = ~np.isnan(proba).any(axis=1) & np.isnan(given)
        if judged.any():
            given[judged] = self._score(self._pool(proba[judged]))
        self.wished = self.wished or any(row.score is not None for row in rows)
        self._items.append(np.fromiter(predictions, dtype=np.int64, count=len(rows)))
        self._scores.append(given)
        self._proba.append(proba.astype(np.float32))
        return given

    def publish(self) -> int | None:
        """Ask about the open items of the highest scores first; the generation, None when there is none to ask."""
        if not self._items:
            return None
        items, scores = np.concatenate(self._items), np.concatenate(self._scores)
        still_open = copy.read(_OPEN, {"item": ">i8"}, {"project": self.project.pk})["item"]
        candidates = np.flatnonzero(np.isin(items, still_open) & ~np.isnan(scores))
        if not len(candidates):
            return None
        best = candidates[top(scores[candidates], BAND)]
        places = self._arranged(np.concatenate(self._proba)[best], scores[best])
        return ordering.publish(self.project, items[best[self._explored(places)]])

    def _arranged(self, proba: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """As the acquisition function selects where all rows came with probabilities, else by score."""
        if np.isnan(proba).any():
            return np.arange(len(scores))
        try:
            return arranged(self.acquisition, self._pool(proba), scores, self.project.retrain_every or BATCH)
        except MissingInput:
            return np.arange(len(scores))

    def _explored(self, places: np.ndarray) -> np.ndarray:
        chosen = np.flatnonzero(self._rng.random(len(places)) < self.explore)
        places = places.copy()
        places[chosen] = places[self._rng.permutation(chosen)]
        return places

    def _pool(self, proba: np.ndarray) -> Pool:
        return Pool(proba, multilabel=self.project.kind.multiple, rng=self._rng)

    def _score(self, pool: Pool) -> np.ndarray:
        """By the acquisition function; by the margin where that one needs more than probabilities."""
        try:
            return self.acquisition.score(pool)
        except MissingInput:
            return margin.score(pool)


def store(project: Project, model: str, predictions: Mapping[int, Prediction], order: Order) -> int:
    """Keep predictions as the model's suggestions, and note in `order` how much each item should be asked about."""
    scores = order.add(predictions)
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
            for (item, prediction), score in zip(predictions.items(), scores.tolist(), strict=True)
        ),
    )
