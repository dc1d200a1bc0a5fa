"""A number per item: a task type that only tests know."""

from dataclasses import dataclass, field

import numpy as np
from django.utils.html import format_html

from projects.tasktypes import Composed, Part

item_types = frozenset({"text"})
least_labels = 0
learner = None


@dataclass(frozen=True)
class Options:
    most: int = field(default=10, metadata={"help": "The largest number."})


def clean(value, spec, content=None):
    if type(value) is not int or not 0 <= value <= spec.options.most:
        raise ValueError(f"{value!r} is no whole number from 0 to {spec.options.most}")
    return value


def from_form(form, spec):
    return int(form["number"]) if form.get("number", "").isdecimal() else None


def example(spec):
    return 1


def parts(value):
    return [Part(None, value)]


def rebuild(value, parts):
    return parts[0].place if parts else None


def distance(a, b, content=None):
    return float(a != b)


def questions(answers, spec):
    return []


def compose(answers, probabilities, spec):
    sums = np.bincount(answers.item, np.array(answers.values)[answers.value], len(answers.items))
    means = [round(mean) for mean in sums / answers.per_item]
    return Composed(means, [{} for _ in means], np.ones(len(means)))


def draw(value, content, spec):
    return format_html("<b>number {}</b>", value)


def draw_probabilities(probabilities, spec):
    return ""
