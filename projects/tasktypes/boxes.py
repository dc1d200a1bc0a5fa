"""Boxes: a rectangle round each object of a picture."""

from . import _shapes

item_types = frozenset({"image"})
least_labels = 1
learner = None

Options = _shapes.Options

_type = _shapes.Shapes("boxes", "box", [10.0, 20.0, 110.0, 80.0])
clean, from_form, example, parts, rebuild = _type.clean, _type.from_form, _type.example, _type.parts, _type.rebuild
distance, questions, compose, draw = _type.distance, _type.questions, _type.compose, _type.draw
agreement, agreement_of_pairs = _type.agreement, _type.agreement_of_pairs
draw_parts, draw_answers = _type.draw_parts, _type.draw_answers
draw_probabilities = _shapes.draw_probabilities
