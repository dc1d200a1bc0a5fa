"""Where things lie in a plane: a dot in each cell of a grid, the larger the more there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p

CELL = 32.0
LEAST, MOST = 4.5, 15.0  # the radius of a single one, and of the fullest cell


@dataclass(frozen=True, slots=True)
class Mark:
    """What lies in one cell: `count` things, in words `text`, of which `address` tells more."""

    row: int
    column: int
    count: int
    fill: str
    text: str
    address: str
    is_hollow: bool = False
    is_pale: bool = False
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """A mark in its place: `x` and `y` are the middle of its cell."""

    mark: Mark
    x: float
    y: float
    radius: float

    @property
    def left(self) -> float:
        return self.x - CELL / 2

    @property
    def top(self) -> float:
        return self.y - CELL / 2


@dataclass(frozen=True, slots=True)
class Scatter:
    width: float
    height: float
    cell: float
    dots: list[Dot]


def draw(rows: int, columns: int, marks: Sequence[Mark]) -> Scatter:
    """A drawing of so many cells. The radius grows with the logarithm: cells of ten and of ten thousand can be seen."""
    fullest = log1p(max((mark.count for mark in marks), default=1))
    dots = [
        Dot(mark, CELL * (mark.column + 0.5), CELL * (mark.row + 0.5), _radius(log1p(mark.count) / fullest))
        for mark in marks
    ]
    return Scatter(CELL * columns, CELL * rows, CELL, dots)


def _radius(share: float) -> float:
    return round(LEAST + (MOST - LEAST) * share**1.5, 1)
