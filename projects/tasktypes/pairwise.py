"""Pairwise comparisons: which of two candidates is better."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from . import _candidates, single_choice
from ._contract import Answers, Composed, Content, Floats, Part, Question, Spec
from ._drawing import NOTHING

item_types = _candidates.ITEM_TYPES
least_labels = 0
learner = "preference"
limits = ("ties",)

SIDES = ("left", "right")
TIE = "tie"
NAMES = {"left": "the first", "right": "the second", TIE: "a tie"}
COLORS = {"left": "#0072b2", "right": "#d55e00", TIE: "#8a8a8a"}


@dataclass(frozen=True)
class Options:
    """Where the candidates are, and whether they may be equally good."""

    candidates: str = field(
        default=_candidates.FIELD,
        metadata={"label": "Field of the candidates", "help": "It holds a list of two texts in every record."},
    )
    ties: bool = field(default=False, metadata={"help": "People may say that both are equally good."})
    systems: str = _candidates.systems_option()

    def __post_init__(self) -> None:
        _candidates.check_field(self.candidates)

    @property
    def answers(self) -> tuple[str, ...]:
        return (*SIDES, TIE) if self.ties else SIDES


def check_record(data: Mapping[str, Any], spec: Spec) -> None:
    _candidates.checked(data, spec.options.candidates, len(SIDES), len(SIDES))


def clean(value: Any, spec: Spec, content: Content | None = None) -> str:
    if not isinstance(value, str) or value not in spec.options.answers:
        raise ValueError(f"a comparison is one of {', '.join(spec.options.answers)}; this is {value!r}")
    return value


def every_value(spec: Spec) -> list[str]:
    return list(spec.options.answers)


def from_form(form: QueryDict, spec: Spec) -> str | None:
    return form.get("better")


def example(spec: Spec) -> str:
    return SIDES[0]


def parts(value: Any) -> list[Part]:
    return [Part(None, value)] if isinstance(value, str) else []


def rebuild(value: Any, parts: Sequence[Part]) -> Any:
    """The name of a folder may be an answer: it comes as a label."""
    if not parts:
        return None
    return parts[0].label if parts[0].place is None else parts[0].place


def beaten(value: str) -> list[tuple[int, int]]:
    return {"left": [(0, 1)], "right": [(1, 0)]}.get(value, [])


def learnable(value: str, spec: Spec) -> list[int] | None:
    """The numbers of the candidates, that of the better one first; None for a tie."""
    return next(map(list, beaten(value)), None)


def proposed(value: Sequence[int], spec: Spec) -> str:
    return SIDES[value[0]]


def distance(a: str, b: str, content: Content | None = None) -> float:
    return float(a != b)


def questions(answers: Answers, spec: Spec) -> list[Question]:
    """One: which is better."""
    return [replace(question, name="better") for question in single_choice.questions(answers, _as_choice(spec))]


def compose(answers: Answers, probabilities: Sequence[Floats], spec: Spec) -> Composed:
    """The likeliest answer. An only vote stands, whoever gave it."""
    return single_choice.compose(answers, probabilities, _as_choice(spec))


def draw(value: Any, content: Content | None, spec: Spec) -> SafeString:
    """Which of the two, and the beginning of its text where that is known."""
    if value is None:
        return NOTHING
    texts = _candidates.of(content, spec.options.candidates)
    text = texts[SIDES.index(value)] if value in SIDES and len(texts) == len(SIDES) else ""
    words = format_html(' <span class="muted" dir="auto">{}</span>', _candidates.short(text)) if text else ""
    return format_html('<span class="drawn-better"><b>{}</b>{}</span>', NAMES.get(value, value), words)


def draw_probabilities(probabilities: Mapping[str, float], spec: Spec) -> SafeString:
    by_name = {NAMES[answer]: share for answer, share in probabilities.items() if answer in NAMES}
    return single_choice.draw_probabilities(by_name, replace(spec, colors={NAMES[key]: COLORS[key] for key in NAMES}))


def _as_choice(spec: Spec) -> Spec:
    return spec.with_labels(spec.options.answers)
