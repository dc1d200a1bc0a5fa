"""The learning curve as geometry: scores and labels in, places in a drawing out. Knows neither Django nor SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from learner.evaluation.scores import in_words

MOST_POINTS = 120
TOP, RIGHT, BOTTOM, LEFT = 12.0, 16.0, 44.0, 44.0


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
    """A drawing of `width` × `height`. `line`, `cv` and `band` are lists of places as SVG wants them.

    One place makes no line: `cv_dot` is the only cross-validated score, `whisker` the ends of the only interval.
    """

    width: float
    height: float
    line: str
    cv: str
    band: str
    dots: list[Dot]
    last: Dot | None
    cv_dot: Dot | None
    whisker: tuple[float, float] | None
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


def draw(rounds: Sequence[Point], width: float = 1120, height: float = 360) -> Curve | None:
    """The curve of rounds in their order; None when none of them has a score of either kind."""
    points = thinned(_newest([point for point in rounds if point.score is not None or point.cv is not None]))
    if not points:
        return None
    ticks = _steps(max(point.labels for point in points), wanted=3 if width < 500 else 6)
    most, least = ticks[-1], _floor(points)
    scored = [point for point in points if point.score is not None]

    def x(point: Point) -> float:
        return round(LEFT + (width - LEFT - RIGHT) * point.labels / most, 1)

    def y(value: float | None) -> float:
        share = ((value or 0.0) - least) / (1 - least)
        return round(height - BOTTOM - (height - TOP - BOTTOM) * share, 1)

    dots = [Dot(x(point), y(point.score), say(point)) for point in scored]
    upper = [(x(point), y(point.high)) for point in scored]
    lower = [(x(point), y(point.low)) for point in reversed(scored)]
    cv_dots = [Dot(x(point), y(point.cv), _say_cv(point)) for point in points if point.cv is not None]
    return Curve(
        width=width,
        height=height,
        line=_places([(dot.x, dot.y) for dot in dots]),
        cv=_places([(dot.x, dot.y) for dot in cv_dots]),
        band=_places(upper + lower),
        dots=dots,
        last=dots[-1] if dots else None,
        cv_dot=cv_dots[0] if len(cv_dots) == 1 else None,
        whisker=(upper[0][1], lower[0][1]) if len(scored) == 1 else None,
        across=[Tick(x(Point(labels)), f"{labels:,}") for labels in ticks],
        up=[Tick(y(value), f"{100 * value:.0f} %") for value in _levels(least)],
    )


def say(point: Point) -> str:
    """A round in words."""
    if point.score is None or point.low is None or point.high is None:
        return f"{point.labels:,} labels"
    share = in_words(point.score, point.low, point.high)
    return f"{point.labels:,} labels: {share} ({100 * point.low:.0f} to {100 * point.high:.0f} %)"


def _say_cv(point: Point) -> str:
    return f"{point.labels:,} labels: {100 * (point.cv or 0):.0f} % cross-validated"


def _newest(points: Sequence[Point]) -> list[Point]:
    """The last of those that had as many labels."""
    return list({point.labels: point for point in points}.values())


def thinned(points: Sequence[Point]) -> list[Point]:
    """At most MOST_POINTS of them, evenly, the first and the last among them."""
    if len(points) <= MOST_POINTS:
        return list(points)
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(place * step)] for place in range(MOST_POINTS)]


def _steps(most: int, wanted: int) -> list[int]:
    """From 0 to `most` or above in at most so many steps of 1, 2 or 5, or ten or a hundred times that."""
    least = max(1.0, most / wanted)
    size = 10 ** floor(log10(least))
    step = next(step * size for step in (1, 2, 5, 10) if step * size >= least)
    return [step * place for place in range(max(1, ceil(most / step)) + 1)]


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
