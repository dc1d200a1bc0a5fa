"""Charts as geometry: numbers in, places in a drawing out. Knows neither Django nor SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import floor, log10
from typing import Any

from numpy.typing import NDArray

PALEST, DEEPEST = (0xE3, 0xE7, 0xFB), (0x1F, 0x2B, 0x8A)


# Votes a day


@dataclass(frozen=True, slots=True)
class Column:
    x: float
    y: float
    width: float
    height: float
    about: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A word at an axis; `anchor` is SVG's text-anchor."""

    place: float
    text: str
    anchor: str = "middle"


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


def nice_above(number: int) -> int:
    """The next even number that is easy to read: 2, 4, 6, 8, 10, 20, 40, …"""
    if number <= 10:
        return max(2, number + number % 2)
    size = 10 ** floor(log10(number))
    return next(
        (step * size // 10 for step in (10, 12, 16, 20, 30, 40, 60, 80) if step * size // 10 >= number), 10 * size
    )


# One thing beside the other


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
    """An estimate on a scale from 0 to 100: where the interval begins, how wide it is, and where the value stands."""

    low: float
    width: float
    value: float


def whisker(value: float, low: float, high: float) -> Whisker:
    return Whisker(round(100 * low, 1), round(max(0.5, 100 * (high - low)), 1), round(100 * value, 1))


# Tables as pictures

Field = tuple[int, int, str, float | None, str]
"""Row, column, text, shade from 0 to 1 or None for none, and what it says in words."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of a matrix. `fill` is None where there is nothing, `ink` reads well on it."""

    x: float
    y: float
    text: str
    fill: str | None
    ink: str | None
    about: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """A drawing of square cells of `cell` units; names stand left of `left` and above `top`, slanted if `slanted`."""

    width: float
    height: float
    cell: float
    left: float
    top: float
    rows: list[Mark]
    columns: list[Mark]
    cells: list[Cell]
    slanted: bool

    @property
    def middle(self) -> float:
        return self.cell / 2

    @property
    def baseline(self) -> float:
        """Of a text in the middle of a cell, from its top."""
        return self.cell / 2 + 4


def confusion(counts: NDArray[Any], names: Sequence[str]) -> Matrix:
    """Rows: what is agreed; columns: what was said. The shade is the share of the row, the text the count."""
    totals = counts.sum(axis=1)
    cells: list[Field] = []
    for row, agreed in enumerate(names):
        for column, answered in enumerate(names):
            count = int(counts[row, column])
            share = count / totals[row] if totals[row] else 0.0
            about = f"{answered} where {agreed} is agreed: {count:,} of {int(totals[row]):,}"
            cells.append((row, column, f"{count:,}" if count else "", share if count else None, about))
    return _matrix(names, names, cells, cell=34 if len(names) > 6 else 44)


def pairs(agreement: NDArray[Any], overlap: NDArray[Any], names: Sequence[str], symbol: str = "κ") -> Matrix:
    """Agreement of every two people below the diagonal; the shade runs from 0 or worse to 1."""
    cells: list[Field] = []
    for row in range(1, len(names)):
        for column in range(row):
            n, value = int(overlap[row, column]), float(agreement[row, column])
            if value != value:
                about = f"{names[row]} and {names[column]}: {n:,} items in common, too few to tell" if n else ""
                cells.append((row - 1, column, "·" if n else "", None, about))
            else:
                about = f"{names[row]} and {names[column]}: {symbol} {value:.2f} on {n:,} items"
                cells.append((row - 1, column, f"{value:.2f}".replace("0.", "."), max(0.0, value), about))
    return _matrix(names[1:], names[:-1], cells, cell=44)


def _matrix(rows: Sequence[str], columns: Sequence[str], cells: Sequence[Field], cell: float) -> Matrix:
    left = 14.0 + 6.6 * min(14, max((len(name) for name in rows), default=0))
    widest = max((len(name) for name in columns), default=0)
    slanted = widest * 6.6 > cell
    top = 12.0 + (5.0 * min(14, widest) if slanted else 12.0)
    return Matrix(
        width=left + cell * len(columns) + (5.0 * min(14, widest) if slanted else 0.0) + 2,
        height=top + cell * len(rows) + 2,
        cell=cell,
        left=left,
        top=top,
        rows=[Mark(top + cell * (place + 0.5), _short(name), "end") for place, name in enumerate(rows)],
        columns=[
            Mark(left + cell * (place + 0.5), _short(name), "start" if slanted else "middle")
            for place, name in enumerate(columns)
        ],
        cells=[
            _cell(left + cell * column, top + cell * row, text, share, about)
            for row, column, text, share, about in cells
        ],
        slanted=slanted,
    )


def _cell(x: float, y: float, text: str, share: float | None, about: str) -> Cell:
    fill, ink = shade(share) if share is not None else (None, None)
    return Cell(x, y, text, fill, ink, about)


def _short(name: str) -> str:
    return name if len(name) <= 14 else f"{name[:13]}…"


def shade(share: float) -> tuple[str, str]:
    """A colour for 0 to 1, pale to deep, and black or white, whichever reads better on it."""
    share = min(1.0, max(0.0, share)) ** 0.8
    channels = [round(pale + (deep - pale) * share) for pale, deep in zip(PALEST, DEEPEST, strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*channels), ("#000000" if luminance(channels) > 0.179 else "#ffffff")


def luminance(channels: Sequence[int]) -> float:
    """WCAG's relative luminance of red, green and blue, 0 black to 1 white."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in channels)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: float, second: float) -> float:
    """WCAG's contrast of two luminances, 1 to 21."""
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)
