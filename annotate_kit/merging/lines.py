"""Polylines on pictures.

A value is `[{"line": [[x, y], …], "label": "road"}, …]` in pixels from the top left; either end may be
first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._contract import Answers, Content, Floats
from ._objects import Geometry, ObjectOptions, ObjectPlan, Objects, Place, medoid
from .points import RADIUS, diagonal
from .polygons import clean_corners, rounded

STATIONS = 32
"""Places, equally far apart along the lines, at which two lines are compared."""


@dataclass(frozen=True)
class Options(ObjectOptions):
    """quorum     share of the people who answered an item that must have drawn an object
    overlap    least mean similarity at which lines are one object: 1 for the same, 0.5 when `radius` apart on average
    radius     a share of the picture's diagonal (where its size is not known, of the lines' extent)
    """

    overlap: float = 0.5
    radius: float = RADIUS


class Lines(Geometry):
    key = "line"
    reach = 0.5

    def __init__(self, radius: float = RADIUS) -> None:
        self.radius = radius

    def clean_place(self, place: Any, content: Content) -> list[Any]:
        line = clean_corners(place, content, least=2, what="line")
        if all(corner == line[0] for corner in line):
            raise ValueError(f"the line {place} has no length; its corners must lie apart")
        return line

    def similarity(self, a: Sequence[Place], b: Sequence[Place], content: Content) -> Floats:
        stations_a, stations_b = (np.stack([stations(line) for line in lines]) for lines in (a, b))
        apart = np.minimum(_apart(stations_a, stations_b), _apart(stations_a, stations_b[:, ::-1]))
        return (1 - apart / (2 * self.radius * diagonal(content, [*a, *b]))).clip(0.0)

    def merged(self, objects: Objects) -> list[list[Any]]:
        """The line most like the others."""
        merged = []
        for shapes in objects.members():
            lines = [objects.place[shape] for shape in shapes]
            content = objects.contents[objects.item[objects.object[shapes[0]]]]
            merged.append(rounded(medoid(lines, self.similarity(lines, lines, content))))
        return merged


def stations(line: Floats) -> Floats:
    """(STATIONS, 2) places along the line."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0, along[-1], STATIONS)
    return np.stack([np.interp(at, along, x) for x in line.T], axis=1)


def _apart(a: Floats, b: Floats) -> Floats:
    """(n, m) mean distance of the stations of (n, STATIONS, 2) and (m, STATIONS, 2) lines."""
    return np.asarray(np.hypot(*(a[:, None] - b).transpose(3, 0, 1, 2)).mean(axis=2))


GEOMETRY = Lines()
clean, distance, score = GEOMETRY.clean, GEOMETRY.distance, GEOMETRY.score


def plan(answers: Answers, options: Options) -> ObjectPlan:
    return ObjectPlan(answers, options, Lines(options.radius))
