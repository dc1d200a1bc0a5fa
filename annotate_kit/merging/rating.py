"""Ratings: numbers on a scale.

A value is a number. The merged one is the mean of people's: on Snow and others' (2008) ratings it correlates with
experts' better than the median, and weights by people's bias and spread do not improve it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ._contract import Answers, Content, Floats, Merged, Question, Value

SPREAD_OF = 3.0
"""How many answers of ordinary spread an item starts with."""
DECIMALS = 4
LARGEST = 1_000_000
OF_95 = 1.96
"""Standard errors on either side of a mean that make an interval of 95 %."""


@dataclass(frozen=True)
class Options:
    """least, most    the ends of the scale; those of the answers where they are not given"""

    least: float | None = None
    most: float | None = None

    def __post_init__(self) -> None:
        if self.least is not None and self.most is not None and not self.least < self.most:
            raise ValueError(f"least must be below most; they are {self.least} and {self.most}")


def clean(value: Value, content: Content) -> Value:
    if type(value) not in (int, float) or abs(value) > LARGEST or math.isnan(value):
        raise ValueError(f"a rating is a number of at most {LARGEST:,}; this is {value!r}")
    return rounded(value)


def rounded(number: float) -> float:
    """The number to DECIMALS, a whole one as an integer: equal ratings are equal bytes."""
    number = round(float(number), DECIMALS)
    return int(number) if number.is_integer() else number


def plan(answers: Answers, options: Options) -> "RatingPlan":
    return RatingPlan(answers, options)


class RatingPlan:
    """No question can be voted on: the mean takes every answer as it is."""

    def __init__(self, answers: Answers, options: Options) -> None:
        self.answers = answers
        self.questions: list[Question] = []
        self.numbers = np.array(list(answers.values), dtype=np.float64)
        least = self.numbers.min(initial=np.inf) if options.least is None else options.least
        most = self.numbers.max(initial=-np.inf) if options.most is None else options.most
        self.ends = (float(least), float(most))
        self.range = max(self.ends[1] - self.ends[0], 1e-9) if len(self.numbers) else 1.0

    def compose(self, probabilities: Sequence[Floats]) -> list[Merged]:
        """The part has the mean with its standard error and its interval of 95 %, within the scale.

        Confidence is 1 − the interval's share of the scale. An item's variance is taken together with the ordinary one
        of an item, as if that had been seen on SPREAD_OF answers more; so one answer, or two that are the same, are
        never certain.
        """
        n = np.bincount(self.answers.item, minlength=self.answers.n_items)
        mean = np.bincount(self.answers.item, self.numbers, len(n)) / np.maximum(n, 1)
        squared = np.bincount(self.answers.item, (self.numbers - mean[self.answers.item]) ** 2, len(n))
        ordinary = squared.sum() / max(int((n - 1).clip(0).sum()), 1) or (self.range / 4) ** 2
        variance = (squared + SPREAD_OF * ordinary) / (np.maximum(n - 1, 0) + SPREAD_OF)
        error = np.sqrt(variance / np.maximum(n, 1))
        confidence = (1 - 2 * OF_95 * error / self.range).clip(0)
        low, high = ((mean + side * OF_95 * error).clip(*self.ends) for side in (-1, 1))
        columns = zip(*(column.tolist() for column in (mean, error, low, high, confidence, n)), strict=True)
        return [_merged(*row) for row in columns]


def _merged(mean: float, error: float, low: float, high: float, confidence: float, votes: int) -> Merged:
    if not votes:
        return Merged(None)
    number, error, low, high = (rounded(figure) for figure in (mean, error, low, high))
    part = {"number": number, "error": error, "low": low, "high": high, "probability": confidence, "votes": votes}
    return Merged(number, [part], confidence)


def distance(a: Value, b: Value, content: Content) -> float:
    """The difference as a share of the scale, or, where its ends are not known, of the larger number."""
    if a is None or b is None or a == b:
        return float(a != b)
    return min(1.0, abs(a - b) / (content.scale or max(abs(a), abs(b))))


def score(values: Sequence[Value], gold: Sequence[Value], contents: Sequence[Content]) -> dict[str, float]:
    """Pearson's correlation, and the mean absolute error."""
    pairs = np.array([(value, true) for value, true in zip(values, gold, strict=True) if None not in (value, true)])
    if len(pairs) < 2 or (pairs == pairs[0]).all(axis=0).any():
        return {"correlation": float("nan"), "mean_error": float(np.abs(np.diff(pairs)).mean()) if len(pairs) else 0.0}
    return {"correlation": float(np.corrcoef(pairs.T)[0, 1]), "mean_error": float(np.abs(np.diff(pairs)).mean())}
