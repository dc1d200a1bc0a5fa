"""A map of the items: where they lie by their features, in the cells of a drawing.

Rounds compute and store it, so that pages only read. `items.npz` says which items lie in which cell; it is computed
anew when items or their features have changed, in the same directions until there are half as many items more.
`cells.npz` counts labels, agreed or else predicted, and is stored with each round.
"""

import hashlib
import io
from dataclasses import dataclass, field, fields

import numpy as np
from django.core.files.storage import default_storage
from numpy.typing import NDArray

from annotate import consensus
from annotate_kit.geometry import plane
from annotate_kit.geometry.plane import Plane
from core import storage_folders
from core.postgres import copy
from learner import dataset, predictions
from learner.features import likeness
from learner.features.shards import Shards, folder_of
from projects.models import Project

Ids = NDArray[np.int64]

SAMPLE = 4096  # items whose features say in which directions all are drawn
GROWN = 1.5
ITEMS_A_CELL = 3  # on average, until there are MOST_COLUMNS
FEWEST_COLUMNS, MOST_COLUMNS = 6, 30
FURTHEST = 5  # cells that a region reaches to each side
NO_FEATURES = "items lie on the map by their features, and there are none yet; the next round computes them"


@dataclass(frozen=True)
class Region:
    """A cell and its neighbours up to `around` cells to each side."""

    row: int
    column: int
    around: int = 0

    @classmethod
    def parse(cls, cell: str, around: int = 0) -> "Region | None":
        """Of "row-column", as addresses have it; None where this is no cell."""
        row, dash, column = cell.partition("-")
        is_cell = all(part.isascii() and part.isdecimal() and len(part) < 4 for part in (row, column))
        return cls(int(row), int(column), min(around, FURTHEST)) if dash and is_cell else None

    def holds(self, row: int, column: int) -> bool:
        return max(abs(row - self.row), abs(column - self.column)) <= self.around


@dataclass(frozen=True)
class Cell:
    """`label` is the one that most of its items have, `share` of all `items`; None where no item has any."""

    row: int
    column: int
    items: int
    answered: int
    label: str | None
    share: float


@dataclass(frozen=True)
class ItemMap:
    """The cells that hold items, row by row from the top. `lacking` says why there are none."""

    lacking: str = ""
    rows: int = 0
    columns: int = 0
    labels: list[str] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)

    @property
    def items(self) -> int:
        return sum(cell.items for cell in self.cells)


@dataclass(frozen=True)
class Placed:
    """Items (n,) by cell and then ascending; those of cell c are items[starts[c]:starts[c + 1]].

    shape        (2,) rows and columns; cell = row × columns + column
    key          of the items and features that it was computed from
    fitted_on    how many items there were when the directions were chosen
    axes, low, high  the plane
    """

    items: Ids
    starts: NDArray[np.int64]
    shape: NDArray[np.int64]
    key: NDArray[np.str_]
    fitted_on: NDArray[np.int64]
    axes: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]

    @property
    def cells(self) -> NDArray[np.intp]:
        """(n,) the cell of each item."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def of(project: Project) -> ItemMap:
    """The map that the last round stored."""
    stored = _load(project, "cells")
    if stored is None:
        return ItemMap(NO_FEATURES)
    rows, columns = stored["shape"].tolist()
    labels, counts, answered = stored["labels"].tolist(), stored["counts"], stored["answered"]
    totals = counts.sum(axis=1)
    best = counts[:, :-1].argmax(axis=1) if labels else np.zeros(len(counts), dtype=np.intp)
    often = counts[np.arange(len(counts)), best] if labels else np.zeros(len(counts), dtype=np.int64)
    cells = [
        Cell(
            row=place // columns,
            column=place % columns,
            items=int(totals[place]),
            answered=int(answered[place]),
            label=labels[best[place]] if often[place] else None,
            share=float(often[place] / totals[place]),
        )
        for place in np.flatnonzero(totals).tolist()
    ]
    return ItemMap("", rows, columns, labels, cells)


def items_in(project: Project, region: Region) -> Ids:
    """The items of a region, ascending; also those that were deleted since the map was made."""
    stored = _load(project, "items")
    if stored is None:
        return np.empty(0, dtype=np.int64)
    items, starts = stored["items"], stored["starts"]
    rows, columns = stored["shape"].tolist()
    first, last = max(0, region.column - region.around), min(columns - 1, region.column + region.around)
    parts = [
        items[starts[row * columns + first] : starts[row * columns + last + 1]]
        for row in range(max(0, region.row - region.around), min(rows - 1, region.row + region.around) + 1)
        if first <= last
    ]
    return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *parts]))


def refresh(project: Project) -> None:
    """Store the map anew, with what is agreed and predicted now; without features there is none."""
    stored = likeness.stored_features(project)
    items = _with_features(project, stored) if stored else np.empty(0, dtype=np.int64)
    if stored is None or not len(items):
        storage_folders.remove(_folder(project))
        return
    former, key = _former(project), _key(stored, items)
    if former is None or str(former.key) != key:
        former = _place(project, stored, items, key, former)
        _store(project, "items", {name.name: getattr(former, name.name) for name in fields(Placed)})
    _store(project, "cells", _counted(project, former))


def _with_features(project: Project, stored: Shards) -> Ids:
    rows = copy.read(
        "SELECT id FROM annotate_item WHERE project_id = %(project)s ORDER BY id",
        {"item": ">i8"},
        {"project": project.pk},
    )
    return np.intersect1d(stored.all_items, rows["item"].astype(np.int64), assume_unique=True)


def _key(stored: Shards, items: Ids) -> str:
    content = hashlib.blake2b(f"{stored.folder} {stored.stems}".encode(), digest_size=16)
    content.update(np.ascontiguousarray(items).data)
    return content.hexdigest()


def _place(project: Project, stored: Shards, items: Ids, key: str, former: Placed | None) -> Placed:
    """The cell of each item, in the directions of the former map where these still fit."""
    weigh = likeness.weights(stored)
    fits = former is not None and former.axes.shape[0] == stored.columns and len(items) < GROWN * int(former.fitted_on)
    if former is not None and fits:
        view, fitted_on = Plane(former.axes, former.low, former.high), int(former.fitted_on)
    else:
        rng = np.random.default_rng(project.pk)
        sample = np.sort(rng.permutation(items)[:SAMPLE])
        view, fitted_on = plane.fit(weigh(stored.read(sample)), rng), len(items)
    rows, columns = shape_for(len(items))
    ids, cells = [], []
    for part, X in stored.chunks(items):
        across, up = view.places(weigh(X)).T
        ids.append(part)
        cells.append(_steps(1 - up, rows) * columns + _steps(across, columns))
    every, cell = np.concatenate(ids), np.concatenate(cells)
    order = np.lexsort((every, cell))
    starts = np.searchsorted(cell[order], np.arange(rows * columns + 1))
    shape = np.array([rows, columns])
    return Placed(every[order], starts, shape, np.array(key), np.array(fitted_on), view.axes, view.low, view.high)


def shape_for(n_items: int) -> tuple[int, int]:
    """Rows and columns: few for few items, so that a cell holds several."""
    columns = round((1.5 * n_items / ITEMS_A_CELL) ** 0.5)
    columns = min(MOST_COLUMNS, max(FEWEST_COLUMNS, columns))
    return round(columns / 1.5), columns


def _steps(shares: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Which of `count` equal steps from 0 to 1 each share lies in."""
    return np.minimum((shares * count).astype(np.int64), count - 1)


def _counted(project: Project, placed: Placed) -> dict[str, NDArray]:
    """counts (cells, L + 1): how many items of each cell have each label, or none; answered (cells,)."""
    consensus.fresh(project)
    label, labels = _labels(project, placed.items), project.label_names
    cells, n_cells = placed.cells, len(placed.starts) - 1
    width = len(labels) + 1
    counts = np.bincount(cells * width + np.where(label < 0, len(labels), label), minlength=n_cells * width)
    answered = np.bincount(cells[np.isin(placed.items, _answered(project))], minlength=n_cells)
    shape = {"shape": placed.shape, "labels": np.array(labels, dtype=np.str_)}
    return {**shape, "counts": counts.reshape(n_cells, width), "answered": answered}


def _labels(project: Project, items: Ids) -> NDArray[np.int64]:
    """(n,) the place of the label that is agreed, or else predicted; -1 where there is neither."""
    label = np.full(len(items), -1, dtype=np.int64)
    if not project.labels_whole_items or project.kind.learner is None:
        return label
    predicted = predictions.newest(project)
    if predicted is not None and predicted.labels == project.label_names:
        places, is_there = predicted.places(items)
        proba = predicted.proba[places[is_there]]
        is_sure = proba.max(axis=1) > 0.5 if project.is_multilabel else True
        label[is_there] = np.where(is_sure, proba.argmax(axis=1), -1)
    agreed = dataset.labelled(project)
    if len(agreed):
        answers = agreed.answers
        if answers.ndim == 2:
            answers = np.where(answers.any(axis=1), answers.argmax(axis=1), -1)
        is_agreed = np.isin(items, agreed.items)
        label[is_agreed] = answers[np.searchsorted(agreed.items, items[is_agreed])]
    return label


def _answered(project: Project) -> Ids:
    return copy.read(
        "SELECT item_id FROM annotate_consensus WHERE project_id = %(project)s AND value IS NOT NULL",
        {"item": ">i8"},
        {"project": project.pk},
    )["item"].astype(np.int64)


def _former(project: Project) -> Placed | None:
    stored = _load(project, "items")
    return None if stored is None else Placed(**stored)


def _load(project: Project, name: str) -> dict[str, NDArray] | None:
    path = f"{_folder(project)}/{name}.npz"
    if not default_storage.exists(path):
        return None
    with default_storage.open(path) as handle:
        return dict(np.load(io.BytesIO(handle.read())))


def _store(project: Project, name: str, arrays: dict[str, NDArray]) -> None:
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    storage_folders.replace(f"{_folder(project)}/{name}.npz", content.getvalue())


def _folder(project: Project) -> str:
    return f"{folder_of(project.pk)}/map"
