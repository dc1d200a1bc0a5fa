"""A text: a transcription, translation or correction."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from numpy.typing import NDArray

from annotate_kit.agreement import Agreement
from annotate_kit.merging import text as texts
from projects import itemtypes

from . import _merged
from ._contract import Answers, Composed, Content, Floats, Part, Question, Spec
from ._drawing import NOTHING

item_types = frozenset(itemtypes.registry.names)
least_labels = 0
learner = None
limits = ("most_characters", "pattern", "lines")

MOST_CHARACTERS = 20_000


@dataclass(frozen=True)
class Options:
    """What the text may be like."""

    most_characters: int = field(default=2000, metadata={"label": "Most characters", "help": "1 to 20,000."})
    pattern: str = field(
        default="",
        metadata={"help": "A regular expression that the whole text must match, such as [0-9]+; empty for any."},
    )
    language: str = field(
        default="", metadata={"help": "Of the text, such as de or en-GB, for the browser's spelling check and fonts."}
    )
    lines: bool = field(default=True, metadata={"label": "Several lines", "help": "Off: no line breaks."})

    def __post_init__(self) -> None:
        if not 1 <= self.most_characters <= MOST_CHARACTERS:
            raise ValueError(f"most_characters must be from 1 to {MOST_CHARACTERS:,}; it is {self.most_characters}")
        if len(self.pattern) > 200:
            raise ValueError(f"pattern may have 200 characters; it has {len(self.pattern)}")
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"pattern is no regular expression: {error}") from None
        if not re.fullmatch(r"[A-Za-z0-9-]{0,35}", self.language):
            raise ValueError(f"language must be a code such as de or en-GB; it is {self.language!r}")


def clean(value: Any, spec: Spec, content: Content | None = None) -> str:
    """In Unicode's composed form, without white space at its end."""
    text = str(_merged.clean("text", value, None)).replace("\r\n", "\n")
    limits: Options = spec.options
    if "\0" in text:
        raise ValueError("the text holds the character NUL, which cannot be stored")
    if not text:
        raise ValueError("the text is empty")
    if len(text) > limits.most_characters:
        raise ValueError(f"the text has {len(text):,} characters; at most {limits.most_characters:,} are taken")
    if not limits.lines and "\n" in text:
        raise ValueError("the text must be one line")
    if limits.pattern and not re.fullmatch(limits.pattern, text):
        raise ValueError(f"the text must match {limits.pattern}")
    return text


def from_form(form: QueryDict, spec: Spec) -> str | None:
    return form.get("text") or None


def example(spec: Spec) -> str:
    return "An example"


def parts(value: Any) -> list[Part]:
    return [Part(None, value)] if isinstance(value, str) else []


def rebuild(value: Any, parts: Sequence[Part]) -> str | None:
    if any(part.place is None for part in parts):
        raise ValueError("a text is not made of labels")
    return parts[0].place if parts else None


def distance(a: str, b: str, content: Content | None = None) -> float:
    """Edits of characters, as a share of the longer text."""
    return _merged.distance("text", a, b, content)


def agreement(answers: Answers) -> dict[str, Agreement]:
    return _merged.agreement("text", _merged.bare(answers))


def agreement_of_pairs(answers: Answers) -> tuple[Floats, NDArray[np.int64]]:
    return _merged.agreement_of_pairs("text", _merged.bare(answers))


def questions(answers: Answers, spec: Spec) -> list[Question]:
    return []


def compose(answers: Answers, probabilities: Sequence[Floats], spec: Spec) -> Composed:
    """The answer most like the others', by people whose answers usually are."""
    return _merged.compose("text", _merged.bare(answers), probabilities, texts.Options())


def draw(value: Any, content: Content | None, spec: Spec) -> SafeString:
    if value is None:
        return NOTHING
    return format_html('<span class="drawn-text" dir="auto"{}>{}</span>', _language(spec), value)


def draw_probabilities(probabilities: Mapping[str, float], spec: Spec) -> SafeString:
    return SafeString("")


def _language(spec: Spec) -> SafeString:
    return format_html(' lang="{}"', spec.options.language) if spec.options.language else SafeString("")
