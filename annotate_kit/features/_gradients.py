"""Histograms of oriented gradients.

Dalal & Triggs 2005, "Histograms of oriented gradients for human detection".
"""

import numpy as np
from numpy.typing import NDArray

CELL, ANGLES = 8, 9
_BUT_ONE = (slice(None, -1), slice(1, None))  # all but the last, all but the first


def hog(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of (n, height, width), or (n, height, width, colours): (n, block rows, block columns, 4 · 9).

    A pixel of several colours has the gradient of the colour in which it is steepest.
    """
    dy, dx = (np.asarray(slopes) for slopes in np.gradient(images, axis=(1, 2)))
    if images.ndim == 4:
        dy, dx = _steepest(dy, dx)
    n, height, width = dy.shape
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


def _steepest(dy: NDArray[np.float32], dx: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    colour = (dy**2 + dx**2).argmax(axis=-1)[..., None]
    return np.take_along_axis(dy, colour, -1)[..., 0], np.take_along_axis(dx, colour, -1)[..., 0]


def _normalised(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """L2-Hys: to length 1, with no number above 0.2."""
    clipped = np.minimum(blocks / (np.linalg.norm(blocks, axis=-1, keepdims=True) + 1e-3), 0.2)
    return clipped / (np.linalg.norm(clipped, axis=-1, keepdims=True) + 1e-3)
