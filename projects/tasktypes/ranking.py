"""Rankings: several candidates in order, the best first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from numpy.typing import NDArray

from annotate_kit.agreement import Agreement
from annotate_kit.merging.ranking import MOST_CANDIDATES
from annotate_kit.merging.ranking import Options as NoOptions

from . import _candidates, _merged
from ._contract import Answers, Composed, Content, Floats, Part, Question, Spec
from ._drawing import NOTHING

item_types = _candidates.ITEM_TYPES
least_labels = 0
learner = "preference"

LEAST_CANDIDATES = 2


@dataclass(frozen=True)
class Options:
    """Where the candidates are."""

    candidates: str = field(
        default=_candidates.FIELD,
        metadata={"label": "Field of the candidates", "help": "It holds a list of 2 to 10 texts in every record."},
    )
    systems: str = _candidates.systems_option()

    def __post_init__(self) -> None:
        _candidates.check_field(self.candidates)


def check_record(data: Mapping[str, Any], spec: Spec) -> None:
    _candidates.checked(data, spec.options.candidates, LEAST_CANDIDATES, MOST_CANDIDATES)


def clean(value: Any, spec: Spec, content: Content | None = None) -> list[int]:
    """Each candidate of the record once, by its number from 0."""
    ranking: list[int] = _merged.clean("ranking", value, None)
    texts = _candidates.of(content, spec.options.candidates)
    if texts and len(ranking) != len(texts):
        raise ValueError(f"there are {len(texts)} candidates to rank; this ranks {len(ranking)}")
    return ranking


def from_form(form: QueryDict, spec: Spec) -> list[int] | None:
    """Numbers from 1, as people count, with anything between them."""
    numbers = re.findall(r"\d+", form.get("ranking", ""))
    return [int(number) - 1 for number in numbers] or None


def example(spec: Spec) -> list[int]:
    return [1, 0, 2]


def parts(value: Any) -> list[Part]:
    return [Part(None, value)] if isinstance(value, list) else []


def rebuild(value: Any, parts: Sequence[Part]) -> list[int] | None:
    if any(part.place is None for part in parts):
        raise ValueError("a ranking is not made of labels")
    return parts[0].place if parts else None


def beaten(value: Sequence[int]) -> list[tuple[int, int]]:
    return list(combinations(value, 2))


def distance(a: Sequence[int], b: Sequence[int], content: Content | None = None) -> float:
    """The share of the pairs of candidates that stand the other way round."""
    return _merged.distance("ranking", a, b, None)


def agreement(answers: Answers) -> dict[str, Agreement]:
    return _merged.agreement("ranking", _merged.bare(answers))


def agreement_of_pairs(answers: Answers) -> tuple[Floats, NDArray[np.int64]]:
    return _merged.agreement_of_pairs("ranking", _merged.bare(answers))


def questions(answers: Answers, spec: Spec) -> list[Question]:
    """One: which of two candidates is better."""
    return _merged.questions("ranking", _merged.bare(answers), NoOptions())


def compose(answers: Answers, probabilities: Sequence[Floats], spec: Spec) -> Composed:
    """The ranking that agrees with most of what is believed of all pairs."""
    return _merged.compose("ranking", _merged.bare(answers), probabilities, NoOptions())


def draw(value: Any, content: Content | None, spec: Spec) -> SafeString:
    """The candidates' numbers as people count, or their texts where these are known."""
    if value is None:
        return NOTHING
    texts = _candidates.of(content, spec.options.candidates)
    rows = [(number + 1, _candidates.short(texts[number]) if number < len(texts) else "") for number in value]
    return format_html(
        '<span class="drawn-ranking">{}</span>',
        format_html_join("", '<span><b class="num">{}</b> <span dir="auto">{}</span></span>', rows),
    )


def draw_parts(parts: Sequence[Mapping[str, Any]], value: Any, content: Content | None, spec: Spec) -> SafeString:
    """How sure the order is: of each two neighbours, that the first is the better one."""
    rows = [
        (above["candidate"] + 1, below["candidate"] + 1, round(100 * above["probability"]))
        for above, below in pairwise(parts)
    ]
    lines = format_html_join("", '<li>{} before {}: <span class="num">{}\u202f%</span></li>', rows)
    return format_html('<ul class="row small muted" role="list">{}</ul>', lines)


def draw_probabilities(probabilities: Mapping[str, float], spec: Spec) -> SafeString:
    return SafeString("")
