"""Boxes on pictures.

A value is `[{"box": [x0, y0, x1, y1], "label": "car"}, …]` in pixels from the top left.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ._contract import Answers, Content, Floats
from ._location import centres, medians
from ._objects import Geometry, ObjectOptions, ObjectPlan, Objects, Place, rounded

FLAT = 0.1
"""Pixels. A box that is narrower once people's biases are taken from it is the median of what they drew."""


class Options(ObjectOptions):
    __doc__ = ObjectOptions.__doc__


class Boxes(Geometry):
    key = "box"
    of_ipyannotations = "xyxy"
    figure = "mean_iou"

    def clean_place(self, place: Any, content: Content) -> list[Any]:
        corners = numbers(place, 4, "[x0, y0, x1, y1]")
        x0, x1 = sorted((corners[0], corners[2]))
        y0, y1 = sorted((corners[1], corners[3]))
        x0, x1 = (within(x, content.width) for x in (x0, x1))
        y0, y1 = (within(y, content.height) for y in (y0, y1))
        box = rounded([x0, y0, x1, y1])
        if box[0] >= box[2] or box[1] >= box[3]:
            raise ValueError(
                f"the box {place} has no area within the picture; its corners must lie apart, inside of it"
            )
        return box

    def similarity(self, a: Sequence[Place], b: Sequence[Place], content: Content) -> Floats:
        return iou(np.array(a), np.array(b))

    def nearness(self, a: Sequence[Place], b: Sequence[Place], content: Content) -> Floats:
        return giou(np.array(a), np.array(b)).clip(0.0, 1.0)

    def merged(self, objects: Objects) -> list[list[Any]]:
        """Each side where people see it, weighed by how well they draw and less what each of them adds to it."""
        if not len(objects):
            return []
        place, contents = np.stack(objects.place), [objects.contents[item] for item in objects.item.tolist()]
        limits = np.array([[content.width or np.inf, content.height or np.inf] * 2 for content in contents])
        merged = centres(place, objects.object, objects.annotator, np.array([_unit(content) for content in contents]))
        merged = merged.clip(0.0, limits)
        flat = (merged[:, 2:] - merged[:, :2] < FLAT).any(axis=1)
        merged[flat] = medians(place, objects.object, len(objects))[flat]
        return [rounded(box) for box in merged]


def _unit(content: Content) -> float:
    """A thousandth of the picture's longer side, as people see it fitted to a screen; a pixel where it is not known."""
    return max(content.width, content.height) / 1000 if content.width and content.height else 1.0


def iou(a: Floats, b: Floats) -> Floats:
    """(n, m) intersection over union of (n, 4) and (m, 4) boxes."""
    shared, union, _ = _areas(a, b)
    return shared / union


def giou(a: Floats, b: Floats) -> Floats:
    """(n, m) −1 to 1: the IoU less the share of the common hull that neither covers.

    H. Rezatofighi and others (2019), Generalized intersection over union.
    """
    shared, union, hull = _areas(a, b)
    return shared / union - (hull - union) / hull


def _areas(a: Floats, b: Floats) -> tuple[Floats, Floats, Floats]:
    start_a, end_a, start_b, end_b = a[:, None, :2], a[:, None, 2:], b[:, :2], b[:, 2:]
    shared = _area(np.maximum(np.minimum(end_a, end_b) - np.maximum(start_a, start_b), 0.0))
    hull = _area(np.maximum(end_a, end_b) - np.minimum(start_a, start_b))
    return shared, _area(end_a - start_a) + _area(end_b - start_b) - shared, hull


def _area(sizes: Floats) -> Floats:
    """Of widths and heights; a product over the axis takes twice as long where there are few boxes."""
    return sizes[..., 0] * sizes[..., 1]


def numbers(values: Any, n: int, example: str) -> list[float]:
    """n finite numbers; ValueError, with an example of what would be right, for anything else."""
    right = isinstance(values, list | tuple) and len(values) == n
    if not right or not all(type(number) in (int, float) and math.isfinite(number) for number in values):
        raise ValueError(f"{example} are {n} numbers; this is {values!r}")
    return [float(number) for number in values]


def within(number: float, size: float | None) -> float:
    """The number moved to 0 to `size`, where that is known."""
    return min(max(number, 0.0), float(size)) if size else number


GEOMETRY = Boxes()
clean, distance, score = GEOMETRY.clean, GEOMETRY.distance, GEOMETRY.score


def plan(answers: Answers, options: Options) -> ObjectPlan:
    return ObjectPlan(answers, options, GEOMETRY)
