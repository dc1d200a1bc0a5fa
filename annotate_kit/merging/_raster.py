"""Polygons as masks, and back."""

import numpy as np
from numpy.typing import NDArray

from ._contract import Floats

Mask = NDArray[np.bool_]

CELLS = 160
"""The longer side, in cells, of the grid on which polygons are compared: areas are right to about a per cent."""


class Grid:
    """A raster over corners, (n, 2). Cell (row, column) has its centre at `left_top + (column + ½, row + ½) · step`."""

    def __init__(self, corners: Floats, cells: int = CELLS) -> None:
        self.left_top = corners.min(axis=0)
        extent = np.maximum(corners.max(axis=0) - self.left_top, 1e-9)
        self.step = float(extent.max()) / cells
        self.columns, self.rows = (int(np.ceil(side / self.step - 1e-9)) or 1 for side in extent)

    def fill(self, ring: Floats) -> Mask:
        """(rows, columns) the cells whose centre lies inside of the ring, by the even–odd rule."""
        x, y = ((ring - self.left_top) / self.step - 0.5).T
        next_x, next_y = np.roll(x, -1), np.roll(y, -1)
        row = np.arange(self.rows)[:, None]
        crosses = (y <= row) != (next_y <= row)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = x + (row - y) * (next_x - x) / (next_y - y)
        rows, edges = np.nonzero(crosses)
        columns = np.ceil(at[rows, edges]).clip(0, self.columns).astype(np.int64)
        crossings = np.zeros((self.rows, self.columns + 1), dtype=np.int64)
        np.add.at(crossings, (rows, columns), 1)
        return crossings.cumsum(axis=1)[:, :-1] % 2 == 1

    def outline(self, mask: Mask) -> Floats:
        """(n, 2) the outline of the largest piece of the mask, in the corners' unit; without its holes."""
        loops = [np.array(loop, dtype=np.float64) for loop in _loops(mask)]
        largest = max(loops, key=lambda loop: abs(area(loop)))
        return simplified(largest, 0.75) * self.step + self.left_top


def area(ring: Floats) -> float:
    """The ring's signed area."""
    x, y = ring.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def iou(a: Floats, b: Floats) -> float:
    """Intersection over union of two rings, (n, 2) and (m, 2)."""
    if (a.min(axis=0) >= b.max(axis=0)).any() or (b.min(axis=0) >= a.max(axis=0)).any():
        return 0.0
    grid = Grid(np.concatenate([a, b]))
    inside_a, inside_b = grid.fill(a), grid.fill(b)
    union = int((inside_a | inside_b).sum())
    return float((inside_a & inside_b).sum()) / union if union else float(np.array_equal(a, b))


def _loops(mask: Mask) -> list[list[tuple[int, int]]]:
    """The closed paths of cell corners (x, y) that the mask's cells have on their right."""
    padded = np.pad(mask, 1)
    inside = padded[1:-1, 1:-1]
    edges: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for outside, (x0, y0), (x1, y1) in (
        (padded[:-2, 1:-1], (0, 0), (1, 0)),
        (padded[1:-1, 2:], (1, 0), (1, 1)),
        (padded[2:, 1:-1], (1, 1), (0, 1)),
        (padded[1:-1, :-2], (0, 1), (0, 0)),
    ):
        for row, column in np.argwhere(inside & ~outside).tolist():
            edges.setdefault((column + x0, row + y0), []).append((column + x1, row + y1))
    loops = []
    while edges:
        start = next(iter(edges))
        loop, corner = [start], _pop(edges, start)
        while corner != start:
            loop.append(corner)
            corner = _pop(edges, corner)
        loops.append(loop)
    return loops


def _pop(edges: dict[tuple[int, int], list[tuple[int, int]]], corner: tuple[int, int]) -> tuple[int, int]:
    ends = edges[corner]
    end = ends.pop()
    if not ends:
        del edges[corner]
    return end


def simplified(ring: Floats, tolerance: float) -> Floats:
    """The ring with fewer corners, none of those left out further away than `tolerance`.

    D. Douglas, T. Peucker (1973), Algorithms for the reduction of the number of points required to represent a line.
    """
    far = int(np.argmax(((ring - ring[0]) ** 2).sum(axis=1)))
    halves = np.concatenate([ring[: far + 1]]), np.concatenate([ring[far:], ring[:1]])
    return np.concatenate([_simplified_line(half, tolerance)[:-1] for half in halves])


def _simplified_line(line: Floats, tolerance: float) -> Floats:
    used = np.zeros(len(line), dtype=bool)
    used[[0, -1]] = True
    waiting = [(0, len(line) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        (dx, dy), between = line[last] - line[first], line[first + 1 : last] - line[first]
        length = np.hypot(dx, dy)
        away = np.abs(between @ [-dy, dx]) / length if length else np.hypot(*between.T)
        farthest = int(away.argmax())
        if away[farthest] > tolerance:
            middle = first + 1 + farthest
            used[middle] = True
            waiting += [(first, middle), (middle, last)]
    return line[used]
