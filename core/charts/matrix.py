"""Tables of two dimensions as shaded cells: confusions, and how far pairs agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from core.charts.axes import Mark
from core.charts.shades import shade

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
