"""Free text.

A value is a string. The merged one is the answer most like the others' (the medoid), those people counting more whose
answers usually are like others'.

After J. Li (2019/2020), Crowdsourced text sequence aggregation based on hybrid reliability and representation, and
A. Braylan, M. Lease (2020), Modeling and aggregation of complex annotations via annotation distances.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ._contract import NEAR_MISS, Answers, Content, Floats, Merged, Question, Value
from ._text import likeness, normalised_edit_distance, read, words

ITERATIONS = 6
PRIOR = 3.0
"""How many answers of ordinary likeness a person starts with."""


@dataclass(frozen=True)
class Options:
    """skill    how much more people count whose answers are like others'; 0 for not at all"""

    skill: float = 2.0

    def __post_init__(self) -> None:
        if not 0 <= self.skill <= 20:
            raise ValueError(f"skill must be from 0 to 20; it is {self.skill}")


def clean(value: Value, content: Content) -> Value:
    """The text in Unicode's composed form (NFC), without white space at its end."""
    if not isinstance(value, str):
        raise ValueError(f"a text is a string; this is {type(value).__name__}")
    return unicodedata.normalize("NFC", value).rstrip()


def plan(answers: Answers, options: Options) -> "TextPlan":
    return TextPlan(answers, options)


class TextPlan:
    """No question can be voted on: texts are hardly ever the same. `skill` is (A,), 1 for ordinary people."""

    def __init__(self, answers: Answers, options: Options) -> None:
        self.answers = answers
        self.questions: list[Question] = []
        self._of_item = [_Item(answers, of_item) for of_item in answers.by_item()]
        self.skill = np.ones(answers.n_annotators)
        if options.skill:
            for _ in range(ITERATIONS):
                self.skill = self._skill() ** options.skill

    def compose(self, probabilities: Sequence[Floats]) -> list[Merged]:
        of_others = [answers.likeness_to_others(self.skill) for answers in self._of_item if len(answers.people) > 1]
        ordinary = float(np.mean(np.concatenate(of_others))) if of_others else 0.5
        return [answers.merged(self.skill, ordinary) for answers in self._of_item]

    def _skill(self) -> Floats:
        """(A,) how like others' a person's answers are, compared with those of the same items."""
        total, n = np.full_like(self.skill, PRIOR), np.full_like(self.skill, PRIOR)
        for answers in self._of_item:
            if len(np.unique(answers.people)) > 1:
                like = answers.likeness_to_others(self.skill)
                np.add.at(total, answers.people, like / max(float(like.mean()), 1e-9))
                np.add.at(n, answers.people, 1)
        return np.asarray(total / n)


class _Item:
    """The distinct pairs of an item's answers compared: `like` is (V, V)."""

    def __init__(self, answers: Answers, of_item: np.ndarray) -> None:
        self.texts = [answers.values[answer] or "" for answer in of_item]
        self.people = answers.annotator[of_item]
        readings = [read(text) for text in self.texts]
        self.like = np.array([[likeness(a, b) for b in readings] for a in readings]).reshape(2 * (len(readings),))

    def likeness_to_others(self, skill: Floats) -> Floats:
        """(V,) mean likeness to the other people's answers; to all where there is nobody else."""
        weight = np.where(self.people[:, None] == self.people, 0.0, skill[self.people])
        total = weight.sum(axis=1)
        return np.where(total > 0, (self.like * weight).sum(axis=1) / np.where(total > 0, total, 1.0), 1.0)

    def merged(self, skill: Floats, ordinary: float) -> Merged:
        if not self.texts:
            return Merged(None)
        like = self.likeness_to_others(skill)
        weight = skill[self.people]
        others = np.where(self.people[:, None] == self.people, 0.0, weight).sum(axis=1)
        probability = (like * others + ordinary) / (others + 1)
        order = np.lexsort((-weight, -probability.round(12)))
        parts: dict[str, dict] = {}
        for place in order.tolist():
            text = self.texts[place]
            if text in parts:
                parts[text]["votes"] += 1
            elif not parts or probability[place] >= NEAR_MISS:
                parts[text] = {"text": text, "probability": float(probability[place]), "votes": 1}
        best = self.texts[order[0]]
        return Merged(best, list(parts.values()), parts[best]["probability"])


def distance(a: Value, b: Value, content: Content) -> float:
    """Edits of characters, as a share of the longer text."""
    return normalised_edit_distance(a or "", b or "")


def score(values: Sequence[Value], gold: Sequence[Value], contents: Sequence[Content]) -> dict[str, float]:
    """Mean similarity, 1 − edits of words as a share of the longer text (case and punctuation do not count), and the
    share that equals the known text in that sense."""
    pairs = [(words(value or ""), words(true or "")) for value, true in zip(values, gold, strict=True)]
    apart = [normalised_edit_distance(value, true) for value, true in pairs]
    return {
        "similarity": float(1 - np.mean(apart)) if apart else float("nan"),
        "equal": float(np.mean([value == true for value, true in pairs])) if pairs else float("nan"),
    }
