"""Polygons on pictures.

A value is `[{"polygon": [[x, y], …], "label": "car"}, …]` in pixels from the top left; the ring is not repeated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._contract import Answers, Content, Floats
from ._objects import Geometry, ObjectOptions, ObjectPlan, Objects, Place, medoid
from ._raster import Grid, area, iou
from .boxes import numbers, rounded, within

OUTLINES = ("medoid", "majority")


@dataclass(frozen=True)
class Options(ObjectOptions):
    """quorum     share of the people who answered an item that must have drawn an object
    overlap    least mean overlap (IoU) at which polygons are one object
    outline    "medoid": the polygon most like the others; "majority": round the area that most of them cover
    """

    outline: str = "medoid"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.outline not in OUTLINES:
            raise ValueError(f"outline must be one of {', '.join(OUTLINES)}; it is {self.outline!r}")


class Polygons(Geometry):
    key = "polygon"
    of_ipyannotations = "points"
    figure = "mean_iou"

    def __init__(self, outline: str = "medoid") -> None:
        self.outline = outline

    def clean_place(self, place: Any, content: Content) -> list[Any]:
        ring = clean_corners(place, content, least=3, what="polygon")
        if ring[0] == ring[-1] and len(ring) > 3:
            ring.pop()
        if not area(np.asarray(ring, dtype=np.float64)):
            raise ValueError(f"the polygon {place} has no area; its corners must not lie on one line")
        return ring

    def similarity(self, a: Sequence[Place], b: Sequence[Place], content: Content) -> Floats:
        """IoU, each pair on a grid of its own, so that small ones are compared as finely as large ones."""
        if a is b:
            upper = [[iou(first, second) for second in a[row + 1 :]] for row, first in enumerate(a)]
            similar = np.eye(len(a))
            similar[np.triu_indices(len(a), 1)] = [overlap for row in upper for overlap in row]
            return np.maximum(similar, similar.T)
        return np.array([[iou(first, second) for second in b] for first in a])

    def merged(self, objects: Objects) -> list[list[Any]]:
        outlines = {"medoid": most_alike, "majority": majority}
        return [
            rounded(outlines[self.outline]([objects.place[shape] for shape in shapes])) for shapes in objects.members()
        ]


def most_alike(rings: Sequence[Floats]) -> Floats:
    return medoid(rings, GEOMETRY.similarity(rings, rings, Content()))


def majority(rings: Sequence[Floats]) -> Floats:
    """Round the cells that at least half of the rings cover; the medoid where no cells are."""
    if len(rings) < 2:
        return rings[0]
    grid = Grid(np.concatenate(rings))
    covered = np.sum([grid.fill(ring) for ring in rings], axis=0) * 2 >= len(rings)
    return grid.outline(covered) if covered.any() else most_alike(rings)


def clean_corners(place: Any, content: Content, *, least: int, what: str) -> list[Any]:
    """Corners [x, y] rounded and within the picture; ValueError when there are fewer than `least`."""
    if not isinstance(place, list | tuple) or len(place) < least:
        raise ValueError(f"a {what} has at least {least} corners [x, y]; this is {place!r}")
    corners = [numbers(corner, 2, "[x, y]") for corner in place]
    return rounded([(within(x, content.width), within(y, content.height)) for x, y in corners])


GEOMETRY = Polygons()
clean, distance, score = GEOMETRY.clean, GEOMETRY.distance, GEOMETRY.score


def plan(answers: Answers, options: Options) -> ObjectPlan:
    return ObjectPlan(answers, options, Polygons(options.outline))
