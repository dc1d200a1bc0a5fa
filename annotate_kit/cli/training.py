"""Identifications that train a classifier: AUM, WAUM and WAUM per worker, written as peerannot writes them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit import identification
from annotate_kit.aggregation import Votes, aggregate
from annotate_kit.cli.folders import votes_of
from annotate_kit.deep.settings import Settings
from annotate_kit.formats.datasets import peerannot
from annotate_kit.formats.datasets.peerannot import Folder, FolderError
from annotate_kit.identification._confusion import matrices
from annotate_kit.identification._margins import Areas, Estimator, too_hard

METHODS = ("aum", "waum", "waum_perworker")
LOGISTIC = "logistic"
"""The classifier of features, where peerannot's folders have a network's name."""


@dataclass(frozen=True)
class Training:
    """The options of `identify` for these methods. The classifier is a network on pictures, or one of features."""

    network: Settings | None
    features: Path | None
    hard_labels: Path | None
    matrix_file: Path | None
    max_iterations: int
    n_epochs: int
    alpha: float
    pleiss: bool
    topk: int
    seed: int

    @property
    def model(self) -> str:
        return self.network.model if self.network else LOGISTIC


def identify(folder: Folder, method: str, plan: Training) -> dict[str, Any]:
    """Train, write the areas and the tasks that are too hard, and tell where."""
    name = identification.resolve(method)
    votes = votes_of(folder)
    X, make = _classifier(folder, method, plan, votes)
    settings: dict[str, Any] = {"epochs": plan.n_epochs, "pleiss": plan.pleiss, "topk": max(1, plan.topk)}
    settings |= {"seed": plan.seed, "estimator": make if name == "waum_perworker" or make is None else make()}
    if name == "aum":
        labels = peerannot.load_array(plan.hard_labels, (votes.n_items,)) if plan.hard_labels else None
        if labels is not None and (labels == -1).all():
            raise FolderError(f"{plan.hard_labels} has no label; some must be from 0 on")
        items = identification.registry.load(name).score(votes, X, labels, **settings)
        place = folder.path / "identification" / plan.model / "aum"
        columns = {"sample_id": np.arange(votes.n_items), "filename": folder.answers.keys}
        _write_table(place / "aum_values.csv", {**columns, f"AUM_{_margin(plan)}": items})
    else:
        confusion = peerannot.load_array(plan.matrix_file, (None, None, None)) if plan.matrix_file else None
        pi = matrices(votes, confusion, plan.max_iterations)
        areas = identification.registry.load(name).areas(votes, X, pi, **settings)
        items = areas.items
        place = folder.path / "identification" / plan.model / f"{name}_{plan.alpha}_{_margin(plan)}"
        _write_areas(place, folder, votes, areas)
    hard = too_hard(items, plan.alpha)
    keys = folder.answers.keys
    peerannot.save_text(place / f"too_hard_{plan.alpha}.txt", "".join(f"{row} {keys[row]}\n" for row in hard))
    written = _write_labels(folder, votes, hard, plan, name) if name != "aum" else None
    return {
        "method": method,
        "about": "tasks",
        "lowest": float(np.nanmin(items)),
        "median": float(np.nanmedian(items)),
        "highest": float(np.nanmax(items)),
        "suspects": keys[identification.suspects(name, items, 10)].tolist(),
        "file": str(place),
        **({"labels": str(written)} if written else {}),
    }


def _classifier(
    folder: Folder, method: str, plan: Training, votes: Votes
) -> tuple[Any, Callable[[], Estimator] | None]:
    """What is learned from, a row a task, and what makes a fresh network; None where the usual classifier learns."""
    if plan.network is None:
        if plan.features is None:
            raise FolderError(
                f"{method} trains a classifier; give the tasks' features by --features, a .npy file, or the name of a "
                "network by --model, which learns the folder's pictures"
            )
        return _features(plan.features, votes.n_items), None
    from annotate_kit.deep.estimating import Network, picture_rows

    network = plan.network
    return picture_rows(_pictures(folder), network), lambda: Network(network, votes.n_labels)


def _pictures(folder: Folder) -> list[Path]:
    """Those of the tasks, in the answers' order; some may be in the part that is to validate."""
    parts = [folder.path / "train", folder.path / "val"]
    path_of = {image.key: image.path for part in parts for image in peerannot.read_images(part)}
    keys = folder.answers.keys.tolist()
    if missing := [key for key in keys if key not in path_of]:
        raise FolderError(
            f"{folder.path} has no picture of task {missing[0]} and {len(missing) - 1} more; a picture is "
            "train/<class>/<name>-<task>.<ext>, and --path-remove names tasks to leave out"
        )
    return [path_of[key] for key in keys]


def _features(path: Path, n_items: int) -> NDArray[Any]:
    X = peerannot.load_array(path, (n_items, None))
    if X.dtype.kind not in "biuf":
        raise FolderError(f"{path} must hold numbers; it holds {X.dtype}")
    if (wrong := np.flatnonzero(~np.isfinite(X).all(axis=1))).size:
        raise FolderError(f"{path} must hold finite numbers; row {wrong[0]} has others")
    return X


def _margin(plan: Training) -> str:
    return "pleiss" if plan.pleiss else "yang"


def _write_areas(place: Path, folder: Folder, votes: Votes, areas: Areas) -> None:
    """waum.csv, and for each task what each worker's vote has: its area, and its trust."""
    voted = np.flatnonzero(votes.per_item > 0)
    table = {"index": voted, "task": folder.answers.keys[voted], "waum": areas.items[voted]}
    _write_table(place / "waum.csv", table)
    peerannot.save_json(place / "aum_per_worker.json", _per_worker(votes, areas.votes))
    peerannot.save_json(place / "score_per_worker.json", _per_worker(votes, areas.trust))


def _per_worker(votes: Votes, numbers: NDArray[np.float64]) -> dict[int, dict[int, float]]:
    table: dict[int, dict[int, float]] = {}
    for item, annotator, number in zip(votes.item, votes.annotator, numbers, strict=True):
        table.setdefault(int(item), {})[int(annotator)] = float(number)
    return table


def _write_labels(folder: Folder, votes: Votes, hard: NDArray[np.int64], plan: Training, name: str) -> Path:
    """Votes weighted by the diagonals of Dawid–Skene's matrices on what is not too hard; nothing for what is."""
    easy = votes.where(~np.isin(votes.item, hard))
    probabilities = aggregate(easy, "wds", max_iterations=plan.max_iterations).beliefs
    probabilities[hard] = 0.0
    path = folder.path / "labels" / f"labels_{name}_{plan.alpha}.npy"
    peerannot.save_array(path, probabilities)
    return path


def _write_table(path: Path, columns: dict[str, Any]) -> None:
    rows = zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    peerannot.save_text(path, "\n".join(lines) + "\n")
