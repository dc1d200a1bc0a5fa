"""Columns over time: how many a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.charts.axes import Mark, nice_above


@dataclass(frozen=True, slots=True)
class Column:
    x: float
    y: float
    width: float
    height: float
    about: str


@dataclass(frozen=True, slots=True)
class Columns:
    """A drawing of `width` × `height`: a column a day, standing at `ground`; the scale is left of `left`."""

    width: float
    height: float
    left: float
    ground: float
    columns: list[Column]
    up: list[Mark]
    along: list[Mark]


def days(counts: Sequence[tuple[date, int]], width: float = 720, height: float = 190) -> Columns:
    """(day, how many), a column each."""
    left, top, bottom = 40.0, 12.0, 24.0
    most = nice_above(max((count for _, count in counts), default=0))
    step = (width - left) / max(1, len(counts))
    tall = height - top - bottom

    def y(count: float) -> float:
        return round(top + tall * (1 - count / most), 1)

    columns = [
        Column(
            round(left + step * place + step * 0.14, 1),
            y(count),
            round(step * 0.72, 1),
            round(tall * count / most, 1),
            f"{day:%A}, {day.day} {day:%B}: {count:,}",
        )
        for place, (day, count) in enumerate(counts)
    ]
    return Columns(
        width, height, left, height - bottom, columns,
        up=[Mark(y(level), f"{level:,}", "end") for level in (most // 2, most) if level],
        along=_along([day for day, _ in counts], left, step),
    )  # fmt: skip


def _along(dates: Sequence[date], left: float, step: float) -> list[Mark]:
    """Every seventh day from the last one back, which is today."""
    places = [place for place in range(len(dates) - 1, -1, -7) if place >= 2 or place == len(dates) - 1]
    return [
        Mark(
            round(left + step * (place + 1 if place == len(dates) - 1 else place + 0.5), 1),
            "today" if place == len(dates) - 1 else f"{dates[place].day} {dates[place]:%b}",
            "end" if place == len(dates) - 1 else "middle",
        )
        for place in reversed(places)
    ]
