"""The curves of a replay as an SVG picture that stands alone."""

from collections.abc import Callable, Sequence
from html import escape

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 44, 56
FRAME = f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13"'
SERIES = [
    ("random", "#8a8f98", "random order, plain logistic regression"),
    ("curve", "#2563eb", "{strategy}, {estimator}"),
]

Curve = Sequence[Sequence[float]]
Place = Callable[[float], float]


def draw(curves: dict[str, Curve], target: float, metric: str, strategy: str, estimator: str) -> str:
    """Both curves with what holds nine tenths of the seeds, and the target as a dashed line."""
    points = [row for curve in curves.values() for row in curve]
    most = max((row[0] for row in points), default=1)
    least = min([target, *(row[2] for row in points)])
    top = max([target, *(row[3] for row in points)])
    span = (top - least) or 1.0

    def x(labels: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * labels / most, 1)

    def y(score: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (top - score) / span, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {FRAME}>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        *_axes(x, y, most, least, top, metric),
        _level(y(target), "#b45309", 'stroke-dasharray="5 4"'),
    ]
    for number, (name, colour, title) in enumerate(SERIES):
        parts += _series(curves.get(name, []), x, y, colour)
        title_text = escape(title.format(strategy=strategy, estimator=estimator))
        parts.append(f'<text x="{LEFT + 340 * number}" y="24" fill="{colour}">■ {title_text}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _level(y: float, colour: str, dashes: str = "") -> str:
    return f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="{colour}" {dashes}/>'


def _series(curve: Curve, x: Place, y: Place, colour: str) -> list[str]:
    if not curve:
        return []
    upper = [f"{x(row[0])},{y(row[3])}" for row in curve]
    lower = [f"{x(row[0])},{y(row[2])}" for row in reversed(curve)]
    line = " ".join(f"{x(row[0])},{y(row[1])}" for row in curve)
    return [
        f'<polygon points="{" ".join(upper + lower)}" fill="{colour}" fill-opacity="0.15"/>',
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>',
    ]


def _axes(x: Place, y: Place, most: float, least: float, top: float, metric: str) -> list[str]:
    parts = []
    for step in range(6):
        labels, score = most * step / 5, least + (top - least) * step / 5
        parts.append(f'<text x="{x(labels)}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{labels:.0f}</text>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(score) + 4}" text-anchor="end">{score:.3f}</text>')
        parts.append(_level(y(score), "#e5e7eb"))
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle">labels</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 6}" font-size="11">{escape(metric)}</text>')
    return parts
