"""Pictures as batches of numbers, decoded once where there is room for all."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pillow
from torch import Tensor
from torch.nn import functional

from annotate_kit.formats.datasets.peerannot import FolderError

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's red, green and blue, which pretrained weights were trained with."""
CACHE_BYTES = 2**30
SHEAR = np.tan(np.radians(15))


class Pictures:
    """(N, 3, size, size) pictures: stretched to the size, as peerannot does, and kept decoded up to a gigabyte."""

    def __init__(self, paths: Sequence[Path], size: int, threads: int = 1) -> None:
        self.paths, self.size, self.threads = list(paths), size, threads
        shape = (len(self.paths), 3, size, size)
        self.cache = np.empty(shape, dtype=np.uint8) if np.prod(shape) <= CACHE_BYTES else None
        self.cached = np.zeros(len(self.paths), dtype=bool)

    def __len__(self) -> int:
        return len(self.paths)

    def of(self, rows: NDArray[np.int64]) -> Tensor:
        """(n, 3, size, size) numbers around 0."""
        pixels = torch.from_numpy(self._pixels(rows)).float() / 255
        mean, deviation = (torch.tensor(values).reshape(3, 1, 1) for values in (MEAN, DEVIATION))
        return (pixels - mean) / deviation

    def _pixels(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        if self.cache is None:
            return self._decoded(rows)
        missing = rows[~self.cached[rows]]
        if len(missing):
            self.cache[missing] = self._decoded(missing)
            self.cached[missing] = True
        return self.cache[rows]

    def _decoded(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        paths = [self.paths[row] for row in rows]
        with ThreadPoolExecutor(self.threads) as threads:
            return np.stack(list(threads.map(lambda path: decode(path, self.size), paths)))


def decode(path: Path, size: int) -> NDArray[np.uint8]:
    """(3, size, size) of a file; FolderError names one that is no picture."""
    try:
        with Pillow.open(path) as picture:
            small = picture.convert("RGB").resize((size, size), Pillow.Resampling.BILINEAR)
    except Exception as error:  # on broken files Pillow's decoders raise nearly anything
        raise FolderError(f"{path} is no picture that can be read: {error}") from None
    return np.asarray(small, dtype=np.uint8).transpose(2, 0, 1)


def batches(n: int, size: int, order: NDArray[np.int64] | None = None) -> Iterator[NDArray[np.int64]]:
    """Rows in batches of that size, in the order; a last one of a single row joins the one before it."""
    order = np.arange(n) if order is None else order
    starts = list(range(0, n, size))
    if len(starts) > 1 and n - starts[-1] == 1:
        starts.pop()
    for start, end in zip(starts, [*starts[1:], n], strict=True):
        yield order[start:end]


def augmented(pictures: Tensor, rng: np.random.Generator) -> Tensor:
    """Each picture sheared by up to 15°, mirrored with chance ½, or cropped and stretched: one of the three."""
    n = len(pictures)
    matrices = np.tile(np.eye(2, 3), (n, 1, 1))
    change = rng.integers(0, 3, n)
    matrices[change == 0, 0, 1] = rng.uniform(-SHEAR, SHEAR, (change == 0).sum())
    matrices[(change == 1) & (rng.random(n) < 0.5), 0, 0] = -1
    crop = change == 2
    matrices[crop] = _crops(int(crop.sum()), rng)
    grid = functional.affine_grid(torch.from_numpy(matrices).float(), list(pictures.shape), align_corners=False)
    return functional.grid_sample(pictures, grid, align_corners=False)


def _crops(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(n, 2, 3) maps to a part of 8 to 100 % of the area whose sides are as 3:4 to 4:3."""
    area, ratio = rng.uniform(0.08, 1, n), np.exp(rng.uniform(-np.log(4 / 3), np.log(4 / 3), n))
    sides = np.minimum(np.sqrt(area[:, None] * np.stack([ratio, 1 / ratio], axis=1)), 1)
    matrices = np.zeros((n, 2, 3))
    matrices[:, 0, 0], matrices[:, 1, 1] = sides.T
    matrices[:, :, 2] = rng.uniform(-1, 1, (n, 2)) * (1 - sides)
    return matrices
