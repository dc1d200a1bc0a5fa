"""Keypoints: the named joints of each object of a picture, with a skeleton."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from annotate_kit.merging.keypoints import HIDDEN, VISIBLE, joints_of

from . import _shapes
from ._contract import Content, Spec

item_types = frozenset({"image"})
least_labels = 1
learner = None
limits = ("joints",)

PERSON = """nose
left eye
right eye
left ear
right ear
left shoulder
right shoulder
left elbow
right elbow
left wrist
right wrist
left hip
right hip
left knee
right knee
left ankle
right ankle"""
SKELETON = """left ankle - left knee
left knee - left hip
right ankle - right knee
right knee - right hip
left hip - right hip
left shoulder - left hip
right shoulder - right hip
left shoulder - right shoulder
left shoulder - left elbow
right shoulder - right elbow
left elbow - left wrist
right elbow - right wrist
left eye - right eye
nose - left eye
nose - right eye
left eye - left ear
right eye - right ear
left ear - left shoulder
right ear - right shoulder"""
EDGE = re.compile(r"\s+[-–]\s+|\s*–\s*")
JOINT = re.compile(r"\s*(?P<name>.+?)\s+(?P<x>-?[\d.]+)\s+(?P<y>-?[\d.]+)(?:\s+(?P<state>visible|hidden))?\s*")
RESERVED = re.compile(r"[:,;]|\s[-–]\s|–")
MOST_JOINTS = 100


@dataclass(frozen=True)
class Options:
    """Which joints an object has, and when several people's stand for one."""

    joints: str = field(
        default=PERSON,
        metadata={"lines": True, "help": "A joint a line, in the order in which they are clicked."},
    )
    edges: str = field(
        default=SKELETON,
        metadata={
            "lines": True,
            "label": "Skeleton",
            "help": "Two joints a line that a bone connects, as: nose - left eye. Empty: none are connected.",
        },
    )
    quorum: float = field(
        default=0.33,
        metadata={"help": "The share of an item's annotators who must have drawn an object; 0.33 is a third of them."},
    )
    overlap: float = field(
        default=0.25,
        metadata={"help": "How alike keypoints must be on average (OKS) to be one object: 1 for the same places."},
    )
    sigma: float = field(
        default=0.07,
        metadata={"help": "How far people stray from a joint, as a share of the object's size; COCO's σ, on average."},
    )

    @property
    def names(self) -> list[str]:
        return [name for line in self.joints.splitlines() if (name := line.strip())]

    @property
    def pairs(self) -> list[list[str]]:
        """The names of the joints that each edge connects."""
        return [EDGE.split(line.strip()) for line in self.edges.splitlines() if line.strip()]

    def __post_init__(self) -> None:
        _shapes.check_shares(self, "quorum", "overlap", "sigma")
        names = self.names
        if not 0 < len(names) <= MOST_JOINTS:
            raise ValueError(f"joints must be 1 to {MOST_JOINTS} names, one a line; there are {len(names)}")
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"joints must be different; {name!r} is there twice")
            if RESERVED.search(name):
                raise ValueError(f"a joint's name has no colon, comma, semicolon or dash alone; {name!r} has")
        for pair in self.pairs:
            if len(pair) != 2:
                raise ValueError(f"an edge is two joints with “ - ” between them; this is {' - '.join(pair)!r}")
            if unknown := [name for name in pair if name not in names]:
                raise ValueError(f"an edge connects {unknown[0]!r}, which is no joint; joints are {', '.join(names)}")


class Keypoints(_shapes.Shapes):
    def clean(self, value: Any, spec: Spec, content: Content | None = None) -> list[dict[str, Any]]:
        shapes = super().clean(value, spec, content)
        known = spec.options.names
        if unknown := [name for name in joints_of(shapes) if name not in known]:
            raise ValueError(f"there is no joint {unknown[0]!r}; joints are {', '.join(known)}")
        return shapes

    def example(self, spec: Spec) -> list[dict[str, Any]]:
        joints = {name: [10.0 + 10 * n, 20.0, VISIBLE] for n, name in enumerate(spec.options.names[:2])}
        return [{self.key: joints, "label": spec.labels[0]}] if spec.labels else []

    def typed(self, numbers: str) -> dict[str, Any]:
        """`nose 10 20, left ear 12 18 hidden`"""
        joints = [JOINT.fullmatch(joint) for joint in numbers.split(",") if joint.strip()]
        return {joint["name"]: _joint(joint) for joint in map(_matched, joints)}

    def as_typed(self) -> str:
        return str(self.sample)

    def figure(self, place: Mapping[str, Any], color: str, extent: float, spec: Spec) -> SafeString:
        """The bones, and a circle for each joint: filled where it is visible."""
        radius = round(extent / 160, 1)
        bones = " ".join(
            f"M{place[a][0]} {place[a][1]}L{place[b][0]} {place[b][1]}"
            for a, b in spec.options.pairs
            if a in place and b in place
        )
        joints = format_html_join(
            "",
            '<circle cx="{}" cy="{}" r="{}" stroke="{}" fill="{}"/>',
            ((x, y, radius, color, "#fff" if seen == HIDDEN else color) for x, y, seen in place.values()),
        )
        path = format_html('path d="{}" fill="none"', bones)
        return format_html('<{} class="under"/><{} stroke="{}"/>{}', path, path, color, joints)


def _matched(joint: re.Match[str] | None) -> re.Match[str]:
    if joint is None:
        raise ValueError("this is no joint")
    return joint


def _joint(joint: re.Match[str]) -> list[Any]:
    return [float(joint["x"]), float(joint["y"]), HIDDEN if joint["state"] == "hidden" else VISIBLE]


def file_settings(spec: Spec) -> dict[str, Any]:
    """The order of the joints and the skeleton, for the files that have a place for them."""
    return {"joints": spec.options.names, "edges": [(a, b) for a, b in spec.options.pairs]}


_type = Keypoints("keypoints", "keypoints", "nose 10 20, left ear 12 18 hidden")
clean, from_form, example, parts, rebuild = _type.clean, _type.from_form, _type.example, _type.parts, _type.rebuild
distance, questions, compose, draw = _type.distance, _type.questions, _type.compose, _type.draw
agreement, agreement_of_pairs = _type.agreement, _type.agreement_of_pairs
draw_parts, draw_answers = _type.draw_parts, _type.draw_answers
draw_probabilities = _shapes.draw_probabilities
