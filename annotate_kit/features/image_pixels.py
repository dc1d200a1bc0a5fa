"""Grey pixels and their gradients.

Dalal & Triggs 2005, "Histograms of oriented gradients for human detection".
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annotate_kit.features import stack

if TYPE_CHECKING:
    from PIL import Image

kinds = frozenset({"image"})
VERSION = 1

TINY, SIDE = 8, 32
CELL, ANGLES = 8, 9
_AT_ONCE = 512
_BUT_ONE = (slice(None, -1), slice(1, None))  # all but the last, all but the first


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
        if (image := _grey(content)) is None:
            continue
        thumbnails[place] = _resized(image, TINY)
        is_tiny[place] = max(image.size) <= TINY
        if not is_tiny[place]:
            pixels[place] = _resized(image, SIDE)
    if is_tiny.all():
        return _rows(thumbnails)
    return np.hstack([_rows(thumbnails), _rows(pixels), _rows(hog(pixels))])


def _grey(content: bytes) -> "Image.Image | None":
    """Upright, on white where it is transparent; decoded no larger than needed. None when it cannot be decoded."""
    from PIL import Image, ImageOps

    try:
        image: Image.Image = Image.open(io.BytesIO(content))
        image.draft("L", (2 * SIDE, 2 * SIDE))
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I;16") or image.mode == "I":
            return Image.fromarray((np.asarray(image).astype(np.float32) / 257).clip(0, 255).astype(np.uint8))
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        return image.convert("L")
    except Exception:  # on broken files Pillow's decoders raise nearly anything, and a round must not fail by one image
        return None


def _resized(image: "Image.Image", side: int) -> NDArray[np.float32]:
    from PIL import Image

    if image.size != (side, side):
        image = image.resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def _rows(images: NDArray[np.float32]) -> NDArray[np.float32]:
    return images.reshape(len(images), -1)


def hog(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Histograms of oriented gradients of (n, height, width): (n, block rows, block columns, 4 · 9)."""
    n, height, width = images.shape
    dy, dx = np.gradient(images, axis=(1, 2))
    strength = np.hypot(dx, dy)
    angle = np.arctan2(dy, dx) % np.pi * (ANGLES / np.pi)  # of the edge, not of its side: 0 … 9
    cells = np.empty((n, height // CELL, width // CELL, ANGLES), dtype=np.float32)
    for direction in range(ANGLES):
        distance = np.abs(angle - direction)
        share = np.clip(1 - np.minimum(distance, ANGLES - distance), 0, None)
        votes = (strength * share).reshape(n, height // CELL, CELL, width // CELL, CELL)
        cells[..., direction] = votes.sum(axis=(2, 4))
    corners = [cells[:, rows, columns] for rows in _BUT_ONE for columns in _BUT_ONE]
    return _normalised(np.concatenate(corners, axis=-1))


def _normalised(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """L2-Hys: to length 1, with no number above 0.2."""
    clipped = np.minimum(blocks / (np.linalg.norm(blocks, axis=-1, keepdims=True) + 1e-3), 0.2)
    return clipped / (np.linalg.norm(clipped, axis=-1, keepdims=True) + 1e-3)
