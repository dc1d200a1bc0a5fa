"""Points on pictures.

A value is `[{"point": [x, y], "label": "eye"}, …]` in pixels from the top left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._contract import Answers, Content, Floats
from ._location import medians
from ._objects import Geometry, ObjectOptions, ObjectPlan, Objects, Place
from .boxes import numbers, rounded, within

RADIUS = 0.05
"""How far apart, as a share of the picture's diagonal, points of one object may be."""


@dataclass(frozen=True)
class Options(ObjectOptions):
    """quorum     share of the people who answered an item that must have drawn an object
    overlap    least mean similarity at which points are one object: 1 at the same place, 0.5 at `radius`, 0 at twice it
    radius     a share of the picture's diagonal (where its size is not known, of the points' extent)
    """

    overlap: float = 0.5
    radius: float = RADIUS


class Points(Geometry):
    key = "point"
    of_ipyannotations = "coordinates"
    reach = 0.5

    def __init__(self, radius: float = RADIUS) -> None:
        self.radius = radius

    def clean_place(self, place: Any, content: Content) -> list[Any]:
        x, y = numbers(place, 2, "[x, y]")
        return rounded([within(x, content.width), within(y, content.height)])

    def similarity(self, a: Sequence[Place], b: Sequence[Place], content: Content) -> Floats:
        apart = np.hypot(*(np.stack(a)[:, None] - np.stack(b)).transpose(2, 0, 1))
        return (1 - apart / (2 * self.radius * diagonal(content, [*a, *b]))).clip(0.0)

    def merged(self, objects: Objects) -> list[list[Any]]:
        """The median of each coordinate."""
        if not len(objects):
            return []
        return [rounded(point) for point in medians(np.stack(objects.place), objects.object, len(objects))]


def diagonal(content: Content, places: Sequence[Place]) -> float:
    """The picture's, or, where its size is not known, that of the rectangle from the top left to the last point."""
    if content.width and content.height:
        return float(np.hypot(content.width, content.height))
    return max(float(np.hypot(*np.concatenate([place.reshape(-1, 2) for place in places]).max(axis=0))), 1.0)


GEOMETRY = Points()
clean, distance, score = GEOMETRY.clean, GEOMETRY.distance, GEOMETRY.score


def plan(answers: Answers, options: Options) -> ObjectPlan:
    return ObjectPlan(answers, options, Points(options.radius))
