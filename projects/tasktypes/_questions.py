"""The questions of a form, written a line each, such as `Reason: text (optional, if Mood is bad | mixed)`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import ModuleType
from typing import Any, NamedTuple

from core.palette import PALETTE, color_at

from . import multiple_choice, rating, single_choice, text
from ._contract import Spec

MOST_QUESTIONS = 30
MOST_LABELS = 100
DIGITS = "1234567890"
LONGEST_NAME = 100  # characters, of a question and of a label

_LINE = re.compile(r"(?P<name>[^:|()]+):\s*(?P<kind>.*?)\s*(?:\((?P<notes>(?:optional\b|if\s).*)\))?")
_NUMBER = re.compile(r"number (?P<least>-?[\d.]+) to (?P<most>-?[\d.]+)(?: by (?P<step>[\d.]+))?")
_KINDS = "one of A | B, any of A | B, number 1 to 5, line, or text"


@dataclass(frozen=True)
class Condition:
    """A question is shown where the answer to the one called `name` is, or names, one of `labels`."""

    name: str
    labels: tuple[str, ...]

    def __str__(self) -> str:
        return f"if {self.name} is {' or '.join(self.labels)}"

    def holds(self, answers: Mapping[str, Any]) -> bool:
        answer = answers.get(self.name)
        return not set(self.labels).isdisjoint(answer if isinstance(answer, list) else [answer])


class FormChoice(NamedTuple):
    """A button of a question: `key` presses it while the question is the one that has the keys."""

    value: Any
    name: str
    color: str
    key: str


@dataclass(frozen=True)
class FormQuestion:
    """One question of a form: what `kind`, another task type, knows of its answers."""

    name: str
    kind: ModuleType
    labels: tuple[str, ...] = ()
    options: Any = None
    is_required: bool = True
    condition: Condition | None = None

    @cached_property
    def spec(self) -> Spec:
        colors = {label: color_at(place) for place, label in enumerate(self.labels)}
        return Spec(self.labels, colors, self.options)

    @property
    def names_labels(self) -> bool:
        """Whether answers name labels, which a model can learn."""
        return bool(self.labels)

    @property
    def is_number(self) -> bool:
        return self.kind is rating

    @property
    def choices(self) -> list[FormChoice]:
        """What its buttons say; none where the answer is typed."""
        if self.labels:
            colors = self.spec.colors
            return [
                FormChoice(label, label, colors[label], DIGITS[place : place + 1])
                for place, label in enumerate(self.labels)
            ]
        points = getattr(self.options, "points", [])
        keys = DIGITS if any(point.is_half for point in points) else [point.key for point in points]
        return [FormChoice(point.value, point.name, PALETTE[0], key) for point, key in zip(points, keys, strict=False)]

    @property
    def field(self) -> str:
        """What its task type calls its field of a form."""
        return {single_choice: "choice", multiple_choice: "choice", rating: "rating", text: "text"}[self.kind]

    @property
    def result_type(self) -> str:
        """What Label Studio calls its answers; a `rating` is of stars there, from 1 on."""
        if self.is_number:
            are_stars = self.options.points and self.options.least == self.options.step == 1
            return "rating" if are_stars else "number"
        return "textarea" if self.kind is text else "choices"

    @property
    def has_several(self) -> bool:
        """Whether an answer may name several labels."""
        return self.kind is multiple_choice

    def check_labels(self, answer: Any) -> None:
        """ValueError where an answer names a label that this question does not have."""
        names = (answer if isinstance(answer, list) else [answer]) if self.names_labels else []
        if unknown := [name for name in names if name not in self.labels]:
            raise ValueError(f"{unknown[0]!r} is no label of this question; it has {', '.join(self.labels)}")

    def is_shown(self, answers: Mapping[str, Any]) -> bool:
        """Whether it is asked, after these answers to earlier questions."""
        return self.condition is None or self.condition.holds(answers)


@lru_cache(maxsize=256)
def parsed(lines: str) -> tuple[FormQuestion, ...]:
    """The questions that these lines say. ValueError tells which line is none, and what would be right."""
    questions: list[FormQuestion] = []
    for line in filter(None, map(str.strip, lines.splitlines())):
        questions.append(_question(line, questions))
    if not 1 <= len(questions) <= MOST_QUESTIONS:
        raise ValueError(f"a form has 1 to {MOST_QUESTIONS} questions, a line each; these are {len(questions)}")
    return tuple(questions)


def _question(line: str, earlier: Sequence[FormQuestion]) -> FormQuestion:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"“{line}” is no question; a line is a name, a colon and {_KINDS}")
    name = match["name"].strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise ValueError(f"the name of a question has 1 to {LONGEST_NAME} characters; this has {len(name)}")
    if name in {question.name for question in earlier}:
        raise ValueError(f"two questions are called “{name}”")
    is_required, condition = _notes(name, match["notes"] or "", earlier)
    return FormQuestion(name, *_kind(name, match["kind"]), is_required, condition)


def _kind(name: str, words: str) -> tuple[ModuleType, tuple[str, ...], Any]:
    """The task type that a question delegates to, its labels and its options."""
    for start, kind, least in [("one of ", single_choice, 2), ("any of ", multiple_choice, 1)]:
        if words.startswith(start):
            return kind, _labels(name, words.removeprefix(start), least), kind.Options()
    if number := _NUMBER.fullmatch(words):
        try:
            ends: dict[str, Any] = {key: float(value) for key, value in number.groupdict(default="1").items()}
            return rating, (), rating.Options(**ends)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    if words in ("line", "text"):
        return text, (), text.Options(lines=words == "text")
    raise ValueError(f"“{name}” is answered by “{words}”, which is no kind of answer; it can be {_KINDS}")


def _labels(name: str, words: str, least: int) -> tuple[str, ...]:
    labels = tuple(_split(words))
    if not least <= len(labels) <= MOST_LABELS:
        raise ValueError(f"“{name}” needs {least} to {MOST_LABELS} labels with | between them; it has {len(labels)}")
    if len(set(labels)) < len(labels):
        raise ValueError(f"“{name}” has a label twice")
    if long := next((label for label in labels if len(label) > LONGEST_NAME), ""):
        raise ValueError(f"a label has at most {LONGEST_NAME} characters; “{long}” has {len(long)}")
    return labels


def _notes(name: str, notes: str, earlier: Sequence[FormQuestion]) -> tuple[bool, Condition | None]:
    """Whether the question has to be answered, and when it is asked at all."""
    is_optional = notes.startswith("optional")
    rest = notes.removeprefix("optional").strip().removeprefix(",").strip()
    return not is_optional, _condition(name, rest, earlier) if rest else None


def _condition(name: str, words: str, earlier: Sequence[FormQuestion]) -> Condition:
    choices = [question for question in earlier if question.names_labels]
    before = next((question for question in choices if words.startswith(f"if {question.name} is ")), None)
    if before is None:
        known = ", ".join(question.name for question in choices) or "there is none"
        raise ValueError(
            f"“{name}” is asked “{words}”; it must be: if Q is A | B, where Q is a question before it that has labels "
            f"({known})"
        )
    labels = tuple(_split(words.removeprefix(f"if {before.name} is ")))
    if unknown := [label for label in labels if label not in before.labels]:
        raise ValueError(f"“{before.name}” has no label “{unknown[0]}”; it has {', '.join(before.labels)}")
    return Condition(before.name, labels)


def _split(words: str) -> Iterable[str]:
    return filter(None, (label.strip() for label in words.split("|")))
