"""Colours of pictures.

How much of which colour there is, and roughly where: a histogram of colours, and the mean colours of 4 × 4 fields.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotate_kit.features._images import coloured

kinds = frozenset({"image"})
VERSION = 1

SIDE = 32
LEVELS = 4  # of red, of green and of blue
FIELDS = 4
COLUMNS = LEVELS**3 + FIELDS * FIELDS * 3
_AT_ONCE = 128


def compute(contents: Sequence[bytes]) -> NDArray[np.float32]:
    """(n, 112): square roots of the shares of 4 × 4 × 4 colours, a row of length 1; then 4 × 4 mean colours.

    Of the picture in 32 × 32 pixels. A pixel counts for the colours around its own, the more the nearer, so that
    slightly other light changes little. Means are red, green and blue, 0 … 1, divided by 4, so that both parts are of
    similar length. What cannot be decoded is 0.
    """
    rows = np.zeros((len(contents), COLUMNS), dtype=np.float32)
    for start in range(0, len(contents), _AT_ONCE):
        pixels, is_decoded = coloured(list(contents[start : start + _AT_ONCE]), SIDE)
        part = np.hstack([np.sqrt(shares(pixels)), layout(pixels) / FIELDS])
        rows[start : start + _AT_ONCE] = np.where(is_decoded[:, None], part, 0)
    return rows


def shares(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of (n, side, side, 3), how much each of the 64 colours is in it: (n, 64), each row sums to 1."""
    n = len(pixels)
    levels = np.arange(LEVELS, dtype=np.float32)
    near = np.clip(1 - np.abs(pixels.reshape(n, -1, 3, 1) * np.float32(LEVELS - 1) - levels), 0, None)
    red, green, blue = near[:, :, 0], near[:, :, 1], near[:, :, 2]
    warm = (red[..., :, None] * green[..., None, :]).reshape(n, -1, LEVELS**2)
    return np.matmul(warm.transpose(0, 2, 1), blue).reshape(n, -1) / near.shape[1]


def layout(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of (n, side, side, 3), the mean red, green and blue of each field: (n, 48)."""
    n, side = pixels.shape[:2]
    size = side // FIELDS
    return pixels.reshape(n, FIELDS, size, FIELDS, size, 3).mean(axis=(2, 4)).reshape(n, -1)
