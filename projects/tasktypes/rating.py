"""A rating: a number on a scale."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes
from annotate_kit.agreement import Agreement, measure
from annotate_kit.merging import rating as ratings
from annotate_kit.merging.rating import rounded
from core import charts
from projects import itemtypes

from . import _merged
from ._contract import Answers, Composed, Content, Floats, Part, Question, Spec
from ._drawing import NOTHING

item_types = frozenset(itemtypes.registry.names)
least_labels = 0
learner = "numbers"
limits = ("least", "most")

MOST_BUTTONS = 10
MOST_STEPS = 1000
LEAST_STEP = 0.001
LONGEST_WORD = 60


class Point(NamedTuple):
    """A rating that has a button of its own. `key` is a digit, with Shift+ before it for a half above the digit."""

    value: float
    name: str
    key: str
    word: str

    @property
    def is_half(self) -> bool:
        return self.key.startswith("Shift")


@dataclass(frozen=True)
class Options:
    """The scale."""

    least: float = field(default=1.0, metadata={"label": "Lowest rating"})
    most: float = field(default=5.0, metadata={"label": "Highest rating"})
    step: float = field(
        default=1.0,
        metadata={
            "label": "Step between ratings",
            "help": "What people can choose; 0.5 for half steps. Up to ten ratings have a button and a key each, more "
            "of them a slider and a number.",
        },
    )
    least_word: str = field(
        default="", metadata={"label": "Word for the lowest rating", "help": "Such as “not at all”."}
    )
    most_word: str = field(
        default="", metadata={"label": "Word for the highest rating", "help": "Such as “very much”."}
    )

    def __post_init__(self) -> None:
        for name in ("least", "most", "step"):
            number = getattr(self, name)
            if not abs(number) <= ratings.LARGEST or number != rounded(number):
                raise ValueError(
                    f"{name} must be a number of at most {ratings.LARGEST:,} and four decimals; it is {number}"
                )
        if not self.least < self.most:
            raise ValueError(f"least must be below most; they are {self.least:g} and {self.most:g}")
        if self.step < LEAST_STEP or abs(self._steps - round(self._steps)) > 1e-6:
            raise ValueError(
                f"step must be {LEAST_STEP} or more and lead from {self.least:g} to {self.most:g} in whole steps; "
                f"it is {self.step:g}"
            )
        if self._steps > MOST_STEPS + 0.5:
            raise ValueError(f"a scale has at most {MOST_STEPS:,} steps; this has {self._steps:,.0f}")
        for name in ("least_word", "most_word"):
            if len(getattr(self, name)) > LONGEST_WORD:
                raise ValueError(f"{name} may have {LONGEST_WORD} characters; it has {len(getattr(self, name))}")

    @property
    def scale(self) -> float:
        """The difference between the ends."""
        return self.most - self.least

    @property
    def _steps(self) -> float:
        return self.scale / self.step

    @property
    def points(self) -> list[Point]:
        """The ratings of a short scale, the lowest first; none of a longer one."""
        if round(self._steps) >= MOST_BUTTONS:
            return []
        values = [rounded(self.least + number * self.step) for number in range(round(self._steps) + 1)]
        words = [self.least_word, *[""] * (len(values) - 2), self.most_word]
        return [Point(*row) for row in zip(values, map(str, values), _keys(values), words, strict=True)]

    @property
    def ends(self) -> tuple[str, str, str]:
        """The lowest, the highest and the step, as a form says them."""
        least, most, step = (str(rounded(number)) for number in (self.least, self.most, self.step))
        return least, most, step


def clean(value: Any, spec: Spec, content: Content | None = None) -> float:
    """A number from one end of the scale to the other, as tables write it, too.

    It may lie between the steps that people choose from: the mean of several people's ratings, which a reviewer accepts
    or a file has as gold, and what a model predicts are values as well.
    """
    scale: Options = spec.options
    least, most, _ = scale.ends
    number = _read(value) if isinstance(value, str) else value
    if type(number) not in (int, float) or not scale.least <= number <= scale.most:
        raise ValueError(f"a rating is a number from {least} to {most}; this is {value!r}")
    return rounded(number)


def _read(text: str) -> Any:
    """The number that a text writes; the text where it is none."""
    with suppress(ValueError):
        return float(text)
    return text


def from_form(form: QueryDict, spec: Spec) -> str | None:
    return form.get("rating") or None


def example(spec: Spec) -> float:
    return rounded(spec.options.most)


def parts(value: Any) -> list[Part]:
    return [Part(None, value)] if type(value) in (int, float) else []


def rebuild(value: Any, parts: Sequence[Part]) -> Any:
    """The name of a folder of pictures may be a rating: it comes as a label."""
    if not parts:
        return None
    return parts[0].label if parts[0].place is None else parts[0].place


def distance(a: float, b: float, content: Content | None = None) -> float:
    """The difference as a share of the scale."""
    return _merged.distance("rating", a, b, content)


def agreement(answers: Answers) -> dict[str, Agreement]:
    """σ and KS by differences, and Krippendorff's α, for which ratings are places on an interval scale."""
    alpha = measure(_places(answers), metric="interval", replicates=_merged.REPLICATES)
    return {**_merged.agreement("rating", _on_scale(answers)), "interval": alpha}


def agreement_of_pairs(answers: Answers) -> tuple[Floats, NDArray[np.int64]]:
    return _merged.agreement_of_pairs("rating", _on_scale(answers))


def questions(answers: Answers, spec: Spec) -> list[Question]:
    return []


def compose(answers: Answers, probabilities: Sequence[Floats], spec: Spec) -> Composed:
    """The mean. Confidence is 1 − the share of the scale that its interval of 95 % covers."""
    ends = ratings.Options(spec.options.least, spec.options.most)
    return _merged.compose("rating", _on_scale(answers, spec.scale), probabilities, ends)


def draw(value: Any, content: Content | None, spec: Spec) -> SafeString:
    """The number, and where it stands on the scale."""
    if value is None:
        return NOTHING
    least, most, _ = spec.options.ends
    place = round(100 * _share(value, spec), 1)
    shown = {"number": _short(value, spec), "place": place, "least": least, "most": most}
    return render_to_string("tasktypes/rating.html", shown)


def draw_parts(parts: Sequence[Mapping[str, Any]], value: Any, content: Content | None, spec: Spec) -> SafeString:
    """How sure the mean is: its standard error, and its interval on the scale."""
    if not parts:
        return SafeString("")
    part = parts[0]
    whisker = charts.whisker(*(_share(part[name], spec) for name in ("number", "low", "high")))
    error, low, high = (_short(part[name], spec) for name in ("error", "low", "high"))
    shown = {"error": error, "low": low, "high": high, "votes": part["votes"], "whisker": whisker}
    return render_to_string("tasktypes/rating_mean.html", shown)


def draw_probabilities(probabilities: Mapping[str, float], spec: Spec) -> SafeString:
    return SafeString("")


def _keys(values: Sequence[float]) -> list[str]:
    """A digit a rating: its own, 0 for ten, with Shift for a half above it; by its place where these are not enough."""
    places = [str(number % 10) for number in range(1, len(values) + 1)]
    if not all(0 <= value <= 10 and float(2 * value).is_integer() for value in values):
        return places
    own = [f"{'Shift+' if value % 1 else ''}{int(value) % 10}" for value in values]
    return own if len({*own}) == len(own) else places


def _share(value: float, spec: Spec) -> float:
    """How far up the scale, 0 to 1; within it even where the scale was another one."""
    return min(1.0, max(0.0, (value - spec.options.least) / spec.options.scale))


def _short(number: float, spec: Spec) -> str:
    """For pages: two decimals, unless the steps are finer."""
    return str(rounded(round(number, 2 if spec.options.step >= 0.01 else ratings.DECIMALS)))


def _on_scale(answers: Answers, scale: float | None = None) -> Answers:
    """The answers without what their items show, which ratings do not hang on. Without the ends of the scale those of
    the answers stand for it: σ and KS are the same by any."""
    scale = scale or float(np.ptp(answers.values)) or 1.0
    contents = [Content(lambda: (None, None, None), scale=scale)] * len(answers.items)
    return replace(answers, load_contents=lambda: contents)


def _places(answers: Answers) -> Votes:
    """Ratings as places on a scale of equal steps: the largest step that leads to all of them."""
    units = np.rint(np.array(answers.values) * 10**ratings.DECIMALS).astype(np.int64)
    above = units - units.min()
    place = above // max(1, int(np.gcd.reduce(above)))
    sizes = (len(answers.items), len(answers.people), int(place.max()) + 1)
    return Votes(answers.item, answers.person, place[answers.value], *sizes)
