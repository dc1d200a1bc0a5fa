"""Gradients of pictures.

Shapes and textures, whatever their colour and light: histograms of oriented gradients (Dalal & Triggs 2005).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotate_kit.features._gradients import ANGLES, CELL, hog
from annotate_kit.features._images import coloured

kinds = frozenset({"image"})
VERSION = 1

SIDE = 64
BLOCKS = SIDE // CELL - 1
COLUMNS = BLOCKS * BLOCKS * 4 * ANGLES
_AT_ONCE = 128


def compute(contents: Sequence[bytes]) -> NDArray[np.float32]:
    """(n, 1764): of the picture in 64 × 64 pixels, 9 directions in cells of 8 × 8, normalised over 2 × 2 cells.

    A pixel has the gradient of the colour in which it is steepest. Each block of 36 numbers is of length 1, or 0 where
    nothing changes; what cannot be decoded is 0.
    """
    rows = np.zeros((len(contents), COLUMNS), dtype=np.float32)
    for start in range(0, len(contents), _AT_ONCE):
        pixels, _ = coloured(list(contents[start : start + _AT_ONCE]), SIDE)
        rows[start : start + _AT_ONCE] = hog(pixels).reshape(len(pixels), COLUMNS)
    return rows
