"""What a model that was trained elsewhere says of items: checked, kept as suggestions, and perhaps made the order."""

import math
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

import annotate_kit.acquisition
from annotate.queue import ordering, suggestions
from annotate.queue.suggestions import Proposal
from annotate_kit.acquisition import MissingInput, Pool, arranged, margin, top
from annotate_kit.formats.records import PREDICTED
from core.postgres import copy
from projects import label_sets
from projects.models import Project
from projects.tasktypes import Content, Spec

ORDERED = 50_000
BATCH = 100  # items that are selected together, where no number of annotations starts a round
FIELDS = {"external_id", "item", *PREDICTED}
NUMBERS = {int, float}
_OPEN = "SELECT item_id FROM annotate_queueentry WHERE project_id = %(project)s AND open"


class Prediction(NamedTuple):
    """`proba`, in the labels' order, is None where only a value was predicted, `score` where none was given, `parts`
    where they have no probabilities."""

    value: Any
    proba: dict[str, float] | None
    score: float | None
    parts: list[dict[str, Any]] | None = None


def checker(project: Project) -> Callable[[Mapping[str, Any]], Prediction]:
    """What makes a prediction of a row {proba? value? parts? score?}; ValueError says what would be right."""
    present = label_sets.names_understood(project)
    kind, spec = project.kind, project.spec

    def check_row(row: Mapping[str, Any]) -> Prediction:
        if not row.keys() <= FIELDS:
            unknown = min(row.keys() - FIELDS)
            raise ValueError(f"unknown field {unknown!r}; known are {', '.join(sorted(FIELDS))}")
        return check(row, kind, spec, present)

    return check_row


def check(
    row: Mapping[str, Any], kind: ModuleType, spec: Spec, present: Mapping[str, str], shown: Content | None = None
) -> Prediction:
    """The prediction of a row; `present` has what each label's name, a former one too, is today, `shown` is what the
    item shows where that is known."""
    proba = None if row.get("proba") is None else _probabilities(kind, row["proba"], spec, present)
    parts = None if row.get("parts") is None else _parts(kind, row["parts"], spec, present, shown)
    if parts is not None and row.get("value") is None:
        bare = [{name: field for name, field in part.items() if name != "probability"} for part in parts]
        value = kind.clean(bare, spec, shown)
    elif row.get("value") is not None:
        value = label_sets.clean_by_former(kind, row["value"], spec, present, shown)
    elif proba is not None:
        (value,) = kind.predicted(np.array([list(proba.values())]), spec)
    else:
        raise ValueError("a row has proba, value or parts")
    return Prediction(value, proba, _score(row.get("score")), parts)


def _probabilities(kind: ModuleType, shares: Any, spec: Spec, present: Mapping[str, str]) -> dict[str, float]:
    """By label, in the labels' order."""
    if not hasattr(kind, "checked_probabilities"):
        raise ValueError("proba is for labels of whole items; predictions here have a value")
    if isinstance(shares, dict):
        renamed = {present.get(name, name): share for name, share in shares.items()}
        if len(renamed) < len(shares):
            raise ValueError("a label comes twice in proba, by its present name and by a former one")
        shares = renamed
    return dict(zip(spec.labels, kind.checked_probabilities(shares, spec), strict=True))


def _parts(
    kind: ModuleType, entries: Any, spec: Spec, present: Mapping[str, str], shown: Content | None
) -> list[dict[str, Any]]:
    """Parts of a value, each with its probability, as they are stored."""
    if not isinstance(entries, list) or not all(isinstance(part, dict) for part in entries):
        raise ValueError('parts is a list of parts of a value, each with its "probability"')
    parts = []
    for part in entries:
        probability = part.get("probability")
        if type(probability) not in NUMBERS or not 0 <= probability <= 1:
            raise ValueError(f"the probability of a part is a number from 0 to 1; it is {probability!r}")
        bare = {name: field for name, field in part.items() if name != "probability"}
        (clean,) = label_sets.clean_by_former(kind, [bare], spec, present, shown)
        parts.append({**clean, "probability": probability})
    return parts


def _score(score: Any) -> float | None:
    if score is not None and (type(score) not in (int, float) or not math.isfinite(score)):
        raise ValueError("score must be a finite number; higher means: ask sooner")
    return None if score is None else float(score)


class Order:
    """Collects how much each item should be asked about, and publishes the order that follows.

    `acquisition` judges probabilities; it is the project's own unless another one is named. A share `explore` of the
    places is dealt out at random among themselves.
    `reorder_by_default`: scores were given, which have no other meaning, or no model of ours makes an order.
    """

    def __init__(
        self, project: Project, acquisition: str | None = None, explore: float = 0.0, seed: int | None = None
    ) -> None:
        self.project = project
        self.acquisition = annotate_kit.acquisition.registry.load(acquisition or project.acquisition)
        self.explore = explore
        self.reorder_by_default = not project.learning
        self._rng = np.random.default_rng(seed)
        self._items: list[np.ndarray] = []
        self._scores: list[np.ndarray] = []
        self._proba: list[np.ndarray] = []

    def add(self, predictions: Mapping[int, Prediction]) -> np.ndarray:
        """Note how much these items should be asked about: their scores, NaN where nothing says so.

        The score that was given, or that of the acquisition function where probabilities were.
        """
        rows = list(predictions.values())
        scores = np.array([np.nan if row.score is None else row.score for row in rows], dtype=np.float64)
        unknown = [np.nan] * len(self.project.label_names)
        probabilities = [unknown if row.proba is None else list(row.proba.values()) for row in rows]
        proba = np.array(probabilities, dtype=np.float64)
        proba = proba.reshape(len(rows), len(unknown))
        proba[~np.isnan(scores)] = np.nan
        has_proba = np.array([row.proba is not None for row in rows], dtype=bool)
        judged = has_proba & np.isnan(scores)
        if judged.any():
            scores[judged] = self._score(self._pool(proba[judged]))
        self.reorder_by_default = self.reorder_by_default or any(row.score is not None for row in rows)
        self._items.append(np.fromiter(predictions, dtype=np.int64, count=len(rows)))
        self._scores.append(scores)
        self._proba.append(proba.astype(np.float32))
        return scores

    def publish(self) -> int | None:
        """Ask about the open items of the highest scores first; the generation, None when there is none to ask."""
        if not self._items:
            return None
        items, scores = np.concatenate(self._items), np.concatenate(self._scores)
        still_open = copy.read(_OPEN, {"item": ">i8"}, {"project": self.project.pk})["item"]
        candidates = np.flatnonzero(np.isin(items, still_open) & ~np.isnan(scores))
        if not len(candidates):
            return None
        best = candidates[top(scores[candidates], ORDERED)]
        places = self._arranged(np.concatenate(self._proba)[best], scores[best])
        return ordering.publish(self.project, items[best[self._explored(places)]])

    def _arranged(self, proba: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """As the acquisition function selects where all rows came with probabilities, else by score."""
        if not proba.size or np.isnan(proba).any():
            return np.arange(len(scores))
        try:
            return arranged(self.acquisition, self._pool(proba), scores, self.project.retrain_every or BATCH)
        except MissingInput:
            return np.arange(len(scores))

    def _explored(self, places: np.ndarray) -> np.ndarray:
        moved = np.flatnonzero(self._rng.random(len(places)) < self.explore)
        places = places.copy()
        places[moved] = places[self._rng.permutation(moved)]
        return places

    def _pool(self, proba: np.ndarray) -> Pool:
        return Pool(proba, multilabel=self.project.is_multilabel, rng=self._rng)

    def _score(self, pool: Pool) -> np.ndarray:
        """By the acquisition function; by the margin where that one needs more than probabilities."""
        try:
            return self.acquisition.score(pool)
        except MissingInput:
            return margin.score(pool)


def store(project: Project, model: str, predictions: Mapping[int, Prediction], order: Order) -> int:
    """Keep predictions as the model's suggestions, and note in `order` how much each item should be asked about."""
    scores = order.add(predictions).tolist()
    scored = zip(predictions.items(), scores, strict=True)
    return suggestions.store(
        project,
        model,
        (
            Proposal(item, *prediction._replace(score=None if math.isnan(score) else score))
            for (item, prediction), score in scored
        ),
    )
