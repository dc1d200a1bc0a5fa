"""Keypoints on pictures: objects by their named joints.

A value is `[{"keypoints": {"nose": [x, y, 2], "left ear": [x, y, 1]}, "label": "person"}, …]` in pixels from the top
left. The third number is COCO's: 2 for a joint that is seen, 1 for a hidden one; joints that are absent are left out.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._contract import Answers, Content, Floats
from ._objects import Geometry, ObjectOptions, ObjectPlan, Objects, Place
from .boxes import within

ABSENT, HIDDEN, VISIBLE = 0, 1, 2
SIGMA = 0.07
"""About the mean of COCO's σ of a person's joints (0.0675)."""
FILLED = 0.53
"""The share of its bounding box that an object covers, where its area is not known; as evaluations of poses have it."""
SMALLEST = 0.05
"""No object's size is taken for smaller, as a share of the picture's diagonal: one joint alone has none."""
OTHER_VISIBILITY = 0.9
"""What a joint counts that one sees and the other says is hidden."""


@dataclass(frozen=True)
class Options(ObjectOptions):
    """quorum     share of the people who answered an item that must have drawn an object
    overlap    least mean similarity (OKS) at which keypoints are one object
    sigma      how far people stray from a joint, as a share of the square root of the object's area
    """

    sigma: float = SIGMA


class Keypoints(Geometry):
    key = "keypoints"

    def __init__(self, sigma: float = SIGMA) -> None:
        self.sigma = sigma

    def clean_place(self, place: Any, content: Content) -> dict[str, Any]:
        if not isinstance(place, Mapping):
            raise ValueError(f'keypoints are {{"joint": [x, y, {VISIBLE}], …}}; these are {place!r}')
        joints = {name: _clean_joint(name, place[name], content) for name in sorted(place, key=str)}
        there = {name: joint for name, joint in joints.items() if joint[2] != ABSENT}
        if not there:
            raise ValueError("an object needs one joint or more that is visible or hidden; this has none")
        return there

    def places(self, value: Any) -> list[Place]:
        return [part[self.key] for part in value or ()]

    def corners(self, place: Place) -> Floats:
        return np.array([joint[:2] for joint in place.values()], dtype=np.float64)

    def similarity(self, a: Sequence[Place], b: Sequence[Place], content: Content) -> Floats:
        """Object keypoint similarity (OKS) over the joints that both have; 0 where they share none."""
        near, both, _ = self._compared(a, b, content)
        return np.asarray((near * both).sum(axis=2) / np.maximum(both.sum(axis=2), 1))

    def nearness(self, a: Sequence[Place], b: Sequence[Place], content: Content) -> Floats:
        """OKS over the joints that either has, those that one lacks counting nothing."""
        near, both, either = self._compared(a, b, content)
        visible_a, visible_b = (_stacked(places, _joints([*a, *b]))[:, :, 2] for places in (a, b))
        same = np.where(visible_a[:, None] == visible_b, 1.0, OTHER_VISIBILITY)
        return np.asarray((near * both * same).sum(axis=2) / either.sum(axis=2))

    def _compared(self, a: Sequence[Place], b: Sequence[Place], content: Content) -> tuple[Floats, Floats, Floats]:
        """(n, m, J) how near each joint is, whether both have it, and whether either has."""
        joints = _joints([*a, *b])
        left, right = _stacked(a, joints), _stacked(b, joints)
        smallest = (SMALLEST * _diagonal(content, [*a, *b], self)) ** 2
        area = np.maximum(_areas(left)[:, None], _areas(right)).clip(smallest)[:, :, None]
        squared = ((left[:, None, :, :2] - right[None, :, :, :2]) ** 2).sum(axis=3)
        near = np.exp(-squared / (2 * area * (2 * self.sigma) ** 2))
        there = left[:, None, :, 2] > 0, right[None, :, :, 2] > 0
        return near, np.logical_and(*there).astype(np.float64), np.logical_or(*there).astype(np.float64)

    def merged(self, objects: Objects) -> list[Any]:
        """Of each joint that half of those have who drew the object the median, and whether more see it or not."""
        return [_agreed([objects.place[shape] for shape in shapes]) for shapes in objects.members()]


def joints_of(value: Any) -> list[str]:
    """The names of the joints that a value has, sorted."""
    return _joints([part["keypoints"] for part in value or ()])


def _joints(places: Sequence[Place]) -> list[str]:
    return sorted({name for place in places for name in place})


def _stacked(places: Sequence[Place], joints: Sequence[str]) -> Floats:
    """(n, J, 3); zeros for what is absent."""
    absent = [0.0, 0.0, ABSENT]
    return np.array([[place.get(name, absent) for name in joints] for place in places], dtype=np.float64)


def _areas(stacked: Floats) -> Floats:
    """(n,) about the area that each object covers; a quarter of a square where its joints are in a line."""
    there = stacked[:, :, 2:] > 0
    low = np.where(there, stacked[:, :, :2], np.inf).min(axis=1)
    high = np.where(there, stacked[:, :, :2], -np.inf).max(axis=1)
    sides = high - low
    return np.asarray(FILLED * np.maximum(sides.prod(axis=1), sides.max(axis=1) ** 2 / 4))


def _diagonal(content: Content, places: Sequence[Place], geometry: Keypoints) -> float:
    if content.width and content.height:
        return math.hypot(content.width, content.height)
    furthest = np.concatenate([geometry.corners(place) for place in places]).max(axis=0)
    return max(float(np.hypot(*furthest)), 1.0)


def _agreed(places: Sequence[Place]) -> dict[str, Any]:
    drawn = {name: np.array([place[name] for place in places if name in place]) for name in _joints(places)}
    least = min(len(places) / 2, max(map(len, drawn.values())))
    return {name: _median(joints) for name, joints in drawn.items() if len(joints) >= least}


def _median(joints: Floats) -> list[Any]:
    x, y = np.median(joints[:, :2], axis=0).round(1) + 0.0
    hidden = 2 * (joints[:, 2] == HIDDEN).sum() > len(joints)
    return [float(x), float(y), HIDDEN if hidden else VISIBLE]


def _clean_joint(name: Any, joint: Any, content: Content) -> list[Any]:
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"a joint has a name; this is {name!r}")
    numbers = joint if isinstance(joint, list | tuple) else []
    if len(numbers) not in (2, 3) or not all(type(n) in (int, float) and math.isfinite(n) for n in numbers):
        raise ValueError(f"the joint {name!r} is [x, y, visibility]; this is {joint!r}")
    x, y, visibility = numbers if len(numbers) == 3 else (*numbers, VISIBLE)
    if visibility not in (ABSENT, HIDDEN, VISIBLE):
        raise ValueError(
            f"the visibility of {name!r} is {VISIBLE} (visible), {HIDDEN} (hidden) or {ABSENT} (absent); "
            f"it is {visibility!r}"
        )
    x, y = (round(within(float(n), size), 1) + 0.0 for n, size in ((x, content.width), (y, content.height)))
    return [x, y, int(visibility)]


GEOMETRY = Keypoints()
clean, distance, score = GEOMETRY.clean, GEOMETRY.distance, GEOMETRY.score


def plan(answers: Answers, options: Options) -> ObjectPlan:
    return ObjectPlan(answers, options, Keypoints(options.sigma))
