"""A model of your own in the loop: read the labels, train, score, and send the order back."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from annotate_client import classes, contents
from annotate_client.connection import Connection
from annotate_client.errors import PredictionsRejected

Acquisition = Callable[[np.ndarray], np.ndarray]  # proba (n, K) -> scores (n,), higher = ask sooner

LEAST_LABELS = 4  # as superintendent asks for


class Labelled(Protocol):
    """What the loop needs of a project."""

    connection: Connection

    @property
    def label_names(self) -> list[str]: ...
    @property
    def new_labels(self) -> list[Any]: ...
    def items(self) -> list[dict[str, Any]]: ...
    def send_predictions(
        self, rows: Iterable[dict[str, Any]], model: str = ..., reorder: bool = ..., **parameters: Any
    ) -> dict[str, Any]: ...


@dataclass
class Plan:
    """How to train and what to ask next; see `Project.orchestrate`."""

    model: Any
    acquisition: str | Acquisition
    model_preprocess: Callable[[Any, Any], tuple[Any, Any]] | None
    eval_method: Callable[[Any, Any, Any], Any] | None
    explore: float
    seed: int | None
    classes: Sequence[str] | None = None

    def prepared(self, X: Any, y: Any) -> tuple[Any, Any]:
        return self.model_preprocess(X, y) if self.model_preprocess else (X, y)


def orchestrate(
    project: Labelled, plan: Plan, interval_seconds: float | None, interval_n_labels: int, max_runs: float | None
) -> list[float | None]:
    """Run once, or every `interval_seconds`, when at least `interval_n_labels` labels are new."""
    _check_name(project, plan.acquisition)
    scores: list[float | None] = []
    labelled_before = 0
    while True:
        items, labels = project.items(), project.new_labels
        n_labels = sum(label is not None for label in labels)
        if n_labels - labelled_before >= interval_n_labels:
            scores.append(run(project, plan, items, labels))
            labelled_before = n_labels
        if interval_seconds is None or (max_runs is not None and len(scores) >= max_runs):
            return scores
        time.sleep(interval_seconds)


def run(project: Labelled, plan: Plan, items: list[dict[str, Any]], labels: list[Any]) -> float | None:
    """Train on the labelled items, score the others, publish their order. Returns the evaluation's mean score."""
    labelled = [(item, label) for item, label in zip(items, labels, strict=True) if label is not None]
    if len(labelled) < LEAST_LABELS:
        print(f"Not enough labels to retrain: {len(labelled)}, at least {LEAST_LABELS} are needed.")  # noqa: T201
        return None
    if len({str(label) for _, label in labelled}) < 2:
        print("Not enough classes to retrain: all labels are the same.")  # noqa: T201
        return None
    fetch, values = project.connection.pictures.file, [label for _, label in labelled]
    X, y = plan.prepared(contents.features_of([item for item, _ in labelled], fetch), values)
    y = classes.encoded(y, project.label_names)
    if not _fit(plan, X, y):
        return None
    score = _evaluate(plan, X, y)
    unknown = [item for item, label in zip(items, labels, strict=True) if label is None]
    if unknown:
        _publish(project, plan, unknown, classes.names(plan.model, y, values, project.label_names, plan.classes))
    print(f"Trained on {len(labelled)} labels. Score: {'–' if score is None else f'{score:.3f}'}")  # noqa: T201
    return score


def _fit(plan: Plan, X: Any, y: Any) -> bool:
    """Train the model; False (and a line that says so) where it needs labels that nobody, or everybody, has chosen."""
    try:
        plan.model.fit(X, y)
    except ValueError as error:
        if not (isinstance(y, np.ndarray) and y.ndim == 2 and (y.min(axis=0) == y.max(axis=0)).any()):
            raise
        print(  # noqa: T201
            "Not enough classes to retrain: a label is on all of the items or on none, which this model does not take; "
            f"scikit-learn's OneVsRestClassifier does. ({error})"
        )
        return False
    return True


def _publish(project: Labelled, plan: Plan, unknown: list[dict[str, Any]], names: list[str]) -> None:
    X, _ = plan.prepared(contents.features_of(unknown, project.connection.pictures.file), None)
    proba = classes.probabilities(plan.model.predict_proba(X), plan.model)
    if proba.shape[1:] != (len(names),):
        raise classes.UnknownClasses(f"predict_proba has the shape {proba.shape}; its columns should be {names!r}")
    rows = [
        {"item": item["id"], "proba": dict(zip(names, map(float, row), strict=True))}
        for item, row in zip(unknown, proba, strict=True)
    ]
    if callable(plan.acquisition):
        for row, score in zip(rows, plan.acquisition(proba), strict=True):
            row["score"] = float(score)
    how: dict[str, Any] = {} if callable(plan.acquisition) else {"acquisition": plan.acquisition}
    if plan.seed is not None:
        how["seed"] = plan.seed
    report = project.send_predictions(rows, model=type(plan.model).__name__, explore=plan.explore, **how)
    _raise_if_rejected(project, report, unknown)


def _raise_if_rejected(project: Labelled, report: dict[str, Any], unknown: list[dict[str, Any]]) -> None:
    """PredictionsRejected, unless only items were refused that somebody deleted in the meantime."""
    if not report["rejected_count"]:
        return
    present = {item["id"] for item in project.items()}
    rejected = [row for row in report["rejected"] if unknown[row["row"] - 1]["id"] in present]
    if rejected:
        raise PredictionsRejected(rejected, report["rejected_count"], len(unknown))


def _check_name(project: Labelled, acquisition: str | Acquisition) -> None:
    """Have the server refuse an unknown name before anything is trained; its error names the known ones."""
    if not callable(acquisition):
        project.send_predictions([], reorder=False, acquisition=acquisition)


def _evaluate(plan: Plan, X: Any, y: Any) -> float | None:
    """The mean score; None (and said) where there are too few labels of a class to cross-validate."""
    try:
        if plan.eval_method:
            return float(np.mean(plan.eval_method(plan.model, X, y)))
        from sklearn.model_selection import cross_val_score

        return float(np.mean(cross_val_score(plan.model, X, y, cv=3, error_score="raise")))
    except ValueError as error:
        print(f"Not enough labels to evaluate: {error}")  # noqa: T201
        return None
