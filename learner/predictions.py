"""What the last round's model predicts for every item, labelled or not: stored in one file a project.

Of the items that it trained on it holds the predictions of models that had not seen them, so that the predictions of
all items are alike.
"""

import io
from dataclasses import dataclass

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from numpy.typing import NDArray

from core import storage_folders
from learner.features.shards import folder_of
from projects.models import Project

Ids = NDArray[np.int64]


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
    """Keep them in place of those of earlier rounds."""
    folder = _folder(project)
    former = storage_folders.files(folder)
    content = io.BytesIO()
    labels = np.array(predictions.labels)
    np.savez(content, labels=labels, items=predictions.items, proba=predictions.proba.astype(np.float16))
    default_storage.save(f"{folder}/{predictions.round_id}.npz", ContentFile(content.getbuffer()))
    for name in former:
        default_storage.delete(f"{folder}/{name}")


def newest(project: Project) -> Predictions | None:
    """Those of the last round that kept any; None before the first."""
    names = [name for name in storage_folders.files(_folder(project)) if name.endswith(".npz")]
    if not names:
        return None
    name = max(names, key=lambda name: int(name.removesuffix(".npz").partition("_")[0]))
    with default_storage.open(f"{_folder(project)}/{name}") as handle:
        stored = np.load(io.BytesIO(handle.read()))
        round_id = int(name.removesuffix(".npz").partition("_")[0])
        return Predictions(round_id, stored["labels"].tolist(), stored["items"], stored["proba"])


def _folder(project: Project) -> str:
    return f"{folder_of(project.pk)}/predictions"
