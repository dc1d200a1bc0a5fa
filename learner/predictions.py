"""What a round's model predicts for every item, labelled or not: stored in one file a round, of the newest few rounds.

Of the items that it trained on it holds the predictions of models that had not seen them, so that the predictions of
all items are alike.
"""

import io
from dataclasses import dataclass

import numpy as np
from django.core.files.storage import default_storage
from numpy.typing import NDArray

from core import storage_folders
from learner.features.shards import folder_of
from projects.models import Project

Ids = NDArray[np.int64]

MOST_ROUNDS = 5  # whose predictions are stored: so many can be undone or compared


@dataclass(frozen=True)
class Predictions:
    """items (n,) ids, ascending; proba (n, L) in the order of `labels`, as they were named in that round."""

    round_id: int
    labels: list[str]
    items: Ids
    proba: NDArray[np.float16]

    def places(self, items: Ids) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """The place of each item, and whether it is there at all."""
        places = np.minimum(np.searchsorted(self.items, items), max(0, len(self.items) - 1))
        is_there = self.items[places] == items if len(self.items) else np.zeros(len(items), dtype=bool)
        return places, is_there


def keep(project: Project, predictions: Predictions) -> None:
    """Keep them beside those of the rounds before, of which the oldest go."""
    folder = _folder(project)
    content = io.BytesIO()
    labels = np.array(predictions.labels)
    np.savez(content, labels=labels, items=predictions.items, proba=predictions.proba.astype(np.float16))
    for round_id in _rounds(project)[:-MOST_ROUNDS]:
        default_storage.delete(f"{folder}/{round_id}.npz")
    storage_folders.replace(f"{folder}/{predictions.round_id}.npz", content.getvalue())


def newest(project: Project) -> Predictions | None:
    """Those of the last round that kept any and was not undone; None before the first."""
    stored = _rounds(project)
    return of_round(project, stored[-1]) if stored else None


def of_round(project: Project, round_id: int) -> Predictions | None:
    """Those of one round, while they are stored."""
    if round_id not in _rounds(project):
        return None
    with default_storage.open(f"{_folder(project)}/{round_id}.npz") as handle:
        stored = np.load(io.BytesIO(handle.read()))
        return Predictions(round_id, stored["labels"].tolist(), stored["items"], stored["proba"])


def remove(project: Project, round_id: int) -> None:
    """Remove those of a round, if they are there."""
    if round_id in _rounds(project):
        default_storage.delete(f"{_folder(project)}/{round_id}.npz")


def _rounds(project: Project) -> list[int]:
    """The rounds whose predictions are stored, oldest first."""
    names = storage_folders.files(_folder(project))
    return sorted(int(name.removesuffix(".npz")) for name in names if name.endswith(".npz") and name[:-4].isdecimal())


def _folder(project: Project) -> str:
    return f"{folder_of(project.pk)}/predictions"
