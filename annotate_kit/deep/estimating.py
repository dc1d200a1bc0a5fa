"""A network as an estimator that learns an epoch at a time, for the areas under the margin."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .objectives import Labels
from .pictures import Pictures
from .settings import Settings
from .training import classifier, one_epoch, optimizer_of, predict


class PictureRows:
    """Some of the pictures, perhaps several times: what a network takes where other estimators take features."""

    def __init__(self, pictures: Pictures, rows: NDArray[np.int64]) -> None:
        self.pictures, self.rows = pictures, rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, places: NDArray[np.int64]) -> "PictureRows":
        return PictureRows(self.pictures, self.rows[places])

    def of(self, places: NDArray[np.int64]) -> Tensor:
        return self.pictures.of(self.rows[places])


class Network:
    """A network of `settings` for K labels; begun from the same seed, it learns the same."""

    def __init__(self, settings: Settings, n_labels: int) -> None:
        self.settings, self.epoch = settings, 0
        self.network = classifier(settings, n_labels)
        self.optimizer, _ = optimizer_of(self.network, settings)

    def partial_fit(self, X: PictureRows, y: NDArray[np.int64], classes: Any = None) -> "Network":
        """One epoch. A picture alone is learned twice at once: networks normalise by the others of a batch."""
        if len(X) == 1:
            X, y = X[np.zeros(2, dtype=np.int64)], np.repeat(y, 2)
        one_epoch(Labels(self.network, y), X, self.optimizer, self.settings, self.epoch)
        self.epoch += 1
        return self

    def decision_function(self, X: PictureRows) -> NDArray[np.float64]:
        """(n, K) logits; each picture is looked at once."""
        rows, place = np.unique(X.rows, return_inverse=True)
        return predict(self.network, PictureRows(X.pictures, rows))[place]


def picture_rows(paths: Sequence[Path], settings: Settings) -> PictureRows:
    return PictureRows(Pictures(paths, settings.img_size, settings.num_workers), np.arange(len(paths)))
