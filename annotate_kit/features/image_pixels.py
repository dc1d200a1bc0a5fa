"""Grey pixels and their gradients.

The gradients are histograms of directions (HOG, Dalal & Triggs 2005) of the picture in 32 × 32 pixels.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotate_kit.features import stack
from annotate_kit.features._gradients import hog
from annotate_kit.features._images import decoded, resized

kinds = frozenset({"image"})
VERSION = 1

TINY, SIDE = 8, 32
_AT_ONCE = 512


def compute(contents: Sequence[bytes]) -> NDArray[np.float32]:
    """(n, 64) if no image is wider or higher than 8 pixels: 8 × 8 grey values, 0 black … 1 white.

    Otherwise (n, 1412): the same 64, then 32 × 32 grey values, then 324 numbers of gradients (HOG: 9 directions in
    cells of 8 × 8 pixels, normalised over blocks of 2 × 2 cells); in rows of tiny images the latter two are 0. So the
    narrow rows of one shard fit the wide ones of another once filled up with zeros, as `features.stack` does.
    What cannot be decoded is black.
    """
    if not contents:
        return np.empty((0, TINY * TINY), dtype=np.float32)
    return stack([_features(contents[start : start + _AT_ONCE]) for start in range(0, len(contents), _AT_ONCE)])


def _features(contents: Sequence[bytes]) -> NDArray[np.float32]:
    thumbnails = np.zeros((len(contents), TINY, TINY), dtype=np.float32)
    pixels = np.zeros((len(contents), SIDE, SIDE), dtype=np.float32)
    is_tiny = np.ones(len(contents), dtype=bool)
    for place, content in enumerate(contents):
        if (image := decoded(content, "L", SIDE)) is None:
            continue
        thumbnails[place] = resized(image, TINY)
        is_tiny[place] = max(image.size) <= TINY
        if not is_tiny[place]:
            pixels[place] = resized(image, SIDE)
    if is_tiny.all():
        return _rows(thumbnails)
    return np.hstack([_rows(thumbnails), _rows(pixels), _rows(hog(pixels))])


def _rows(images: NDArray[np.float32]) -> NDArray[np.float32]:
    return images.reshape(len(images), -1)
