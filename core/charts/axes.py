"""What stands along an axis: marks, and a round number above the largest."""

from dataclasses import dataclass
from math import floor, log10


@dataclass(frozen=True, slots=True)
class Mark:
    """A word at an axis; `anchor` is SVG's text-anchor."""

    place: float
    text: str
    anchor: str = "middle"


def nice_above(number: int) -> int:
    """The next even number that is easy to read: 2, 4, 6, 8, 10, 20, 40, …"""
    if number <= 10:
        return max(2, number + number % 2)
    size = 10 ** floor(log10(number))
    return next(
        (step * size // 10 for step in (10, 12, 16, 20, 30, 40, 60, 80) if step * size // 10 >= number), 10 * size
    )
