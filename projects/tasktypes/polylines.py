"""Polylines: a line along each object of a picture."""

from dataclasses import dataclass, field

from . import _shapes

item_types = frozenset({"image"})
least_labels = 1
learner = None
merging = "lines"


@dataclass(frozen=True)
class Options(_shapes.Options):
    """When lines of several people stand for an object."""

    overlap: float = field(
        default=0.5, metadata={"help": "How alike lines must be to be one object; 0.5 is `radius` apart."}
    )
    radius: float = field(
        default=0.05,
        metadata={"help": "How far apart lines of one object may be, as a share of the picture's diagonal."},
    )

    def __post_init__(self) -> None:
        _shapes.check_shares(self, "quorum", "overlap", "radius")


_type = _shapes.Shapes("lines", "line", [[10.0, 20.0], [60.0, 40.0], [110.0, 20.0]])
clean, from_form, example, parts, rebuild = _type.clean, _type.from_form, _type.example, _type.parts, _type.rebuild
distance, questions, compose, draw = _type.distance, _type.questions, _type.compose, _type.draw
agreement, agreement_of_pairs = _type.agreement, _type.agreement_of_pairs
draw_parts, draw_answers = _type.draw_parts, _type.draw_answers
draw_probabilities = _shapes.draw_probabilities
