"""Lengths side by side: bars, the parts of a whole, and a figure with its interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bar:
    """`percent` of the longest one, `share` of the sum."""

    name: Any
    count: int
    percent: float
    share: float


def bars(counts: Sequence[tuple[Any, int]]) -> list[Bar]:
    """Bars side by side, in the order given."""
    most, total = max((count for _, count in counts), default=0), sum(count for _, count in counts)
    return [
        Bar(name, count, round(100 * count / most, 2) if most else 0.0, count / total if total else 0.0)
        for name, count in counts
    ]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a bar of probabilities, in hundredths."""

    name: str
    x: float
    width: float
    share: float


def probabilities(shares: Mapping[str, float], least: float = 0.005) -> list[Stretch]:
    """The labels side by side by probability, in the order given, on 0 to 100; those below `least` are left out."""
    visible = [(name, share) for name, share in shares.items() if share >= least]
    total = sum(share for _, share in visible) or 1.0
    stretches, x = [], 0.0
    for name, share in visible:
        width = 100 * share / total
        stretches.append(Stretch(name, round(x, 2), round(width, 2), share))
        x += width
    return stretches


@dataclass(frozen=True, slots=True)
class Whisker:
    """An estimate on a scale from 0 to 100: where the interval begins, how wide it is, and where the value stands.

    `target` is what is aimed at.
    """

    low: float
    width: float
    value: float
    target: float | None = None


def whisker(value: float, low: float, high: float, target: float | None = None) -> Whisker:
    """Of shares; what lies below 0 stands at 0."""
    value, low, high = (min(max(share, 0.0), 1.0) for share in (value, low, high))
    width = round(max(0.5, 100 * (high - low)), 1)
    return Whisker(round(100 * low, 1), width, round(100 * value, 1), target and round(100 * target, 1))
