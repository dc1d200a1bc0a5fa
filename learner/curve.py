"""The learning curve as geometry: scores and labels in, places in a drawing out. Knows neither Django nor SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

MOST_POINTS = 120
TOP, RIGHT, BOTTOM, LEFT = 12.0, 16.0, 34.0, 44.0


@dataclass(frozen=True)
class Point:
    """One round: scores from 0 to 1, at a number of labels."""

    labels: int
    score: float | None = None
    low: float | None = None
    high: float | None = None
    cv: float | None = None


@dataclass(frozen=True)
class Tick:
    place: float
    text: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Curve:
    """A drawing of `width` × `height`. `line`, `cv` and `band` are lists of places as SVG wants them."""

    width: float
    height: float
    line: str
    cv: str
    band: str
    dots: list[Dot]
    last: Dot | None
    across: list[Tick]
    up: list[Tick]

    @property
    def left(self) -> float:
        return LEFT

    @property
    def right(self) -> float:
        return self.width - RIGHT

    @property
    def bottom(self) -> float:
        return self.height - BOTTOM

    @property
    def middle(self) -> float:
        return (LEFT + self.right) / 2


def draw(rounds: Sequence[Point], width: float = 720, height: float = 300) -> Curve | None:
    """The curve of rounds in their order; None when none of them has a score of either kind."""
    points = thinned([point for point in rounds if point.score is not None or point.cv is not None])
    if not points:
        return None
    most, least = nice_above(max(point.labels for point in points)), _floor(points)
    scored = [point for point in points if point.score is not None]

    def x(point: Point) -> float:
        return round(LEFT + (width - LEFT - RIGHT) * point.labels / most, 1)

    def y(value: float | None) -> float:
        share = ((value or 0.0) - least) / (1 - least)
        return round(height - BOTTOM - (height - TOP - BOTTOM) * share, 1)

    dots = [Dot(x(point), y(point.score), say(point)) for point in scored]
    upper = [(x(point), y(point.high)) for point in scored]
    lower = [(x(point), y(point.low)) for point in reversed(scored)]
    return Curve(
        width=width,
        height=height,
        line=_places([(dot.x, dot.y) for dot in dots]),
        cv=_places([(x(point), y(point.cv)) for point in points if point.cv is not None]),
        band=_places(upper + lower),
        dots=dots,
        last=dots[-1] if dots else None,
        across=[Tick(x(Point(labels)), f"{labels:,}") for labels in _steps(most, 4 if width < 500 else 5)],
        up=[Tick(y(value), f"{100 * value:.0f} %") for value in _levels(least)],
    )


def say(point: Point) -> str:
    """A round in words."""
    if point.score is None or point.low is None or point.high is None:
        return f"{point.labels:,} labels"
    return f"{point.labels:,} labels: {100 * point.score:.1f} % ({100 * point.low:.0f} to {100 * point.high:.0f} %)"


def thinned(points: Sequence[Point]) -> list[Point]:
    """At most MOST_POINTS of them, evenly, the first and the last among them."""
    if len(points) <= MOST_POINTS:
        return list(points)
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(place * step)] for place in range(MOST_POINTS)]


def nice_above(number: int) -> int:
    """The next number that can be halved, quartered or cut in five and still be read with ease."""
    size = 10 ** max(0, floor(log10(max(number, 1))) - 1)
    steps = [10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100]
    return next((step * size for step in steps if step * size >= number), 100 * size)


def _steps(most: int, wanted: int) -> list[int]:
    cuts = next(cuts for cuts in range(wanted, 0, -1) if most % cuts == 0)
    return [most * place // cuts for place in range(cuts + 1)]


def _floor(points: Sequence[Point]) -> float:
    """Where the scale begins: at a tenth (or a half) below all that is drawn, so that differences can be seen."""
    values = [value for point in points for value in (point.low, point.cv) if value is not None]
    return max(0.0, min(0.9, floor(min(values, default=0.0) * 10) / 10))


def _levels(least: float) -> list[float]:
    step = 0.25 if least == 0 else 0.1 if least >= 0.5 else 0.2
    count = ceil((1 - least) / step - 1e-9)
    return [1 - step * place for place in range(count + 1) if 1 - step * place >= least - 1e-9]


def _places(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in places)
