"""Task types whose values are shapes on a picture: `annotate_kit.merging` has one geometry for each kind of them.

A value is a list of `{key: place, "label": name}`, in pixels of the picture as it is seen, to a tenth, sorted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from numpy.typing import NDArray

from annotate_kit import merging
from annotate_kit.agreement import Agreement

from . import _merged, _shape_drawing
from ._contract import Answers, Composed, Content, Floats, Part, Question, Spec
from ._drawing import NO_COLOR, NOTHING

MOST_SHAPES = 2000


@dataclass(frozen=True)
class Options:
    """When shapes of several people stand for an object. The names are those of the options of merging."""

    quorum: float = field(
        default=0.33,
        metadata={"help": "The share of an item's annotators who must have drawn an object; 0.33 is a third of them."},
    )
    overlap: float = field(
        default=0.25,
        metadata={"help": "How alike shapes must be on average to be one object: 1 for the same place, 0 for apart."},
    )

    def __post_init__(self) -> None:
        check_shares(self, "quorum", "overlap")


def check_shares(options: Any, *names: str) -> None:
    for name in names:
        if not 0 < getattr(options, name) <= 1:
            raise ValueError(f"{name} must be more than 0 and at most 1; it is {getattr(options, name)}")


@dataclass(frozen=True)
class Shapes:
    """One kind of shape: what the task type's module is made of.

    kind      the entry of `annotate_kit.merging`
    key       what the place is called in a part, as "box"
    sample    a place, for the form's hint and for examples
    """

    kind: str
    key: str
    sample: Any

    def clean(self, value: Any, spec: Spec, content: Content | None = None) -> list[dict[str, Any]]:
        shapes: list[dict[str, Any]] = _merged.clean(self.kind, value, content)
        if len(shapes) > MOST_SHAPES:
            raise ValueError(f"an answer has at most {MOST_SHAPES:,} shapes; this has {len(shapes):,}")
        for shape in shapes:
            if shape.get("label") not in spec.labels:
                raise ValueError(_no_such_label(shape.get("label"), spec))
        return shapes

    def from_form(self, form: QueryDict, spec: Spec) -> list[dict[str, Any]] | None:
        """A line a shape: its label, a colon and its numbers."""
        if "shapes" not in form:
            return None
        lines = [line.strip() for line in str(form["shapes"]).splitlines()]
        return [self._from_line(line, spec) for line in lines if line]

    def _from_line(self, line: str, spec: Spec) -> dict[str, Any]:
        label, colon, numbers = line.rpartition(":")
        try:
            place = self.typed(numbers)
        except ValueError:
            raise ValueError(
                f"“{line}” is no shape; a line is a label, a colon and numbers, as {spec.labels[0]}: {self.as_typed()}"
            ) from None
        if not colon and len(spec.labels) == 1:
            label = spec.labels[0]
        return {self.key: place, "label": label.strip()}

    def typed(self, numbers: str) -> Any:
        """The place that somebody typed. ValueError where it is none."""
        flat = [float(number) for number in re.split(r"[\s,;]+", numbers.strip())]
        pairs = isinstance(self.sample[0], list)
        return [flat[start : start + 2] for start in range(0, len(flat), 2)] if pairs else flat

    def as_typed(self) -> str:
        """The sample as one types it."""
        return " ".join(str(number) for number in _flat(self.sample))

    def example(self, spec: Spec) -> list[dict[str, Any]]:
        return [{self.key: self.sample, "label": spec.labels[0]}] if spec.labels else []

    def parts(self, value: Any) -> list[Part]:
        shapes = value if isinstance(value, list) else []
        return [
            Part(shape.get("label"), shape[self.key])
            for shape in shapes
            if isinstance(shape, dict) and self.key in shape
        ]

    def rebuild(self, value: Any, parts: Sequence[Part]) -> list[dict[str, Any]]:
        shapes: list[dict[str, Any]] = _merged.clean(
            self.kind, [{self.key: part.place, "label": part.label or ""} for part in parts], None
        )
        return shapes

    def distance(self, a: Any, b: Any, content: Content | None = None) -> float:
        """1 − F1 of the best matching, each pair counting as much as it overlaps."""
        return _merged.distance(self.kind, a, b, content)

    def agreement(self, answers: Answers) -> dict[str, Agreement]:
        return _merged.agreement(self.kind, answers)

    def agreement_of_pairs(self, answers: Answers) -> tuple[Floats, NDArray[np.int64]]:
        return _merged.agreement_of_pairs(self.kind, answers)

    def questions(self, answers: Answers, spec: Spec) -> list[Question]:
        return _merged.questions(self.kind, answers, self._options(spec))

    def compose(self, answers: Answers, probabilities: Sequence[Floats], spec: Spec) -> Composed:
        return _merged.compose(self.kind, answers, probabilities, self._options(spec))

    def draw(self, value: Any, content: Content | None, spec: Spec) -> SafeString:
        """The shapes over the picture, where it is known, and how many there are of each label."""
        if value is None:
            return NOTHING
        parts = self.parts(value)
        return format_html(
            '{}<span class="drawn-counts">{}</span>',
            self._picture(parts, content, spec),
            _shape_drawing.counted(parts, spec),
        )

    def draw_parts(
        self, parts: Sequence[Mapping[str, Any]], value: Any, content: Content | None, spec: Spec
    ) -> SafeString:
        """All that people drew and the consensus considered, with probabilities; dashed what it leaves out."""
        places = [part.place for part in self.parts(value)]
        considered = [
            _shape_drawing.Considered(
                Part(part.get("label"), part[self.key]), part.get("probability"), part[self.key] in places
            )
            for part in parts
        ]
        return _shape_drawing.considered(content, self._figure(spec), considered, spec)

    def draw_answers(self, values: Sequence[Any], content: Content | None, spec: Spec) -> SafeString:
        """All answers over one picture."""
        if content is None or content.picture is None or content.size is None:
            return SafeString("")
        parts = [part for value in values for part in self.parts(value)]
        return _shape_drawing.over_picture(content, self._figure(spec), parts, "all")

    def _picture(self, parts: Sequence[Part], content: Content | None, spec: Spec) -> SafeString:
        if content is None or content.picture is None or content.size is None:
            return SafeString("")
        return _shape_drawing.over_picture(content, self._figure(spec), parts)

    def _figure(self, spec: Spec) -> _shape_drawing.Figure:
        geometry = merging.registry.load(self.kind).GEOMETRY

        def figure(part: Part, extent: float) -> SafeString:
            drawn = self.figure(part.place, spec.colors.get(part.label or "", NO_COLOR), extent, spec)
            left, top = geometry.corners(part.place).min(axis=0).tolist()
            return _shape_drawing.named(drawn, part.label, (left, top), extent)

        return figure

    def figure(self, place: Any, color: str, extent: float, spec: Spec) -> SafeString:
        """The shape as SVG; `extent` is the longer side of the picture."""
        return _shape_drawing.outlined(self.key, place, color, extent)

    def _options(self, spec: Spec) -> Any:
        merged = merging.registry.load(self.kind).Options
        return merged(**{field.name: getattr(spec.options, field.name) for field in fields(merged)})


def draw_probabilities(probabilities: Mapping[str, float], spec: Spec) -> SafeString:
    return SafeString("")


def _no_such_label(name: str | None, spec: Spec) -> str:
    known = ", ".join(spec.labels) or "not set up yet"
    return f"there is no label {name!r}; labels are {known}" if name else f"a shape has no label; labels are {known}"


def _flat(place: Any) -> list[Any]:
    return [number for part in place for number in _flat(part)] if isinstance(place, Sequence) else [place]
