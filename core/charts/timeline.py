"""A time to come with its interval, on a line that begins today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from core.charts.axes import Mark

MARKS = 4
"""Dates along the line, today among them."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """In hundredths of its length: the interval from `low` on, `width` long, and the most probable day at `value`."""

    low: float
    width: float
    value: float
    marks: Sequence[Mark]


def timeline(today: date, soonest: date, expected: date, latest: date) -> Timeline:
    """From today to some days after `latest`; ValueError where the days do not follow each other."""
    if not today <= soonest <= expected <= latest:
        raise ValueError(f"{today}, {soonest}, {expected} and {latest} must follow each other")
    step = max(1, ceil((latest - today).days / (MARKS - 1)))
    length = step * (MARKS - 1) + step / 2

    def place(day: date) -> float:
        return round(100 * (day - today).days / length, 1)

    marks = [Mark(0.0, "today", "start")]
    marks += [_mark(place(day), day) for day in (today + timedelta(days=step * n) for n in range(1, MARKS))]
    low = place(soonest)
    return Timeline(low, round(max(1.0, place(latest) - low), 1), place(expected), marks)


def _mark(place: float, day: date) -> Mark:
    return Mark(place, f"{day.day} {day:%b}")
