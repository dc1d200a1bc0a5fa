"""Polygons: the outline of each object of a picture."""

from dataclasses import dataclass, field

from annotate_kit.merging import polygons

from . import _shapes

item_types = frozenset({"image"})
least_labels = 1
learner = None


@dataclass(frozen=True)
class Options(_shapes.Options):
    """When polygons of several people stand for an object, and which outline it has then."""

    outline: str = field(
        default="medoid",
        metadata={
            "help": "What the polygons of one object become.",
            "choices": [
                ("medoid", "The polygon most like the others"),
                ("majority", "The outline of what most of them cover"),
            ],
        },
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.outline not in polygons.OUTLINES:
            raise ValueError(f"outline must be one of {', '.join(polygons.OUTLINES)}; it is {self.outline!r}")


_type = _shapes.Shapes("polygons", "polygon", [[10.0, 20.0], [110.0, 20.0], [60.0, 80.0]])
clean, from_form, example, parts, rebuild = _type.clean, _type.from_form, _type.example, _type.parts, _type.rebuild
distance, questions, compose, draw = _type.distance, _type.questions, _type.compose, _type.draw
agreement, agreement_of_pairs = _type.agreement, _type.agreement_of_pairs
draw_parts, draw_answers = _type.draw_parts, _type.draw_answers
draw_probabilities = _shapes.draw_probabilities
