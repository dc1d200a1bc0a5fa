"""What the estimator sees of a project's items: their features, or rows that also tell where they lie among the others.

Rows of a representation are kept like features, so a round computes only those of new and changed items. What the
representation has learned is kept beside them, and learned again when there are half as many items more.

In projects of more than `MOST_KEPT` items neighbours are not sought for all of them: a quick model of their features
makes a short list, and only of that the rows are computed, once a round and in memory.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from numpy.typing import NDArray

import annotate_kit.estimators
import annotate_kit.representations
from annotate_kit.estimators import auto
from annotate_kit.representations import Representation, Views
from learner import dataset, features
from learner.features.shards import OWNER, ROWS, Shards
from projects.estimators import learns_from_votes
from projects.models import Project

Ids = NDArray[np.int64]

AUTO = "auto"
MOST_KEPT = 30_000
REFERENCE = 20_000  # items among which neighbours are sought
GROWN = 1.5
_STATE = "representation.npz"
_MIXED = np.uint64(0x9E3779B97F4A7C15)


class Rows(Protocol):
    """Rows of numbers, one an item: kept shards, or an array in memory."""

    @property
    def all_items(self) -> Ids: ...
    def has(self, items: Ids) -> NDArray[np.bool_]: ...
    def read(self, items: Ids) -> Any: ...
    def chunks(self, items: Ids) -> Iterator[tuple[Ids, Any]]: ...


@dataclass(frozen=True)
class InMemory:
    """The rows X of items, ascending."""

    items: Ids
    X: Any
    learned: Representation

    @property
    def all_items(self) -> Ids:
        return self.items

    def has(self, items: Ids) -> NDArray[np.bool_]:
        return np.isin(items, self.items)

    def read(self, items: Ids) -> Any:
        return self.X[np.searchsorted(self.items, items)]

    def chunks(self, items: Ids) -> Iterator[tuple[Ids, Any]]:
        items = items[self.has(items)]
        for start in range(0, len(items), ROWS):
            yield items[start : start + ROWS], self.read(items[start : start + ROWS])


@dataclass(frozen=True)
class Sources:
    """Where the two views of a project's items are kept; one of them may be None.

    `name` tells apart what was learned from different features.
    """

    name: str
    vectors: Shards | None
    words: Shards | None

    @property
    def items(self) -> Ids:
        """Those of which every view is there."""
        views = [view.index.item for view in (self.vectors, self.words) if view is not None]
        return views[0] if len(views) == 1 else np.intersect1d(views[0], views[1], assume_unique=True)

    def views(self, items: Ids) -> Views:
        return Views(
            None if self.vectors is None else np.asarray(self.vectors.read(items)),
            None if self.words is None else self.words.read(items),
        )

    def owners(self, items: Ids) -> NDArray[np.void]:
        """(item, digest): the digest changes when one of its views is written anew."""
        owners = np.zeros(len(items), dtype=OWNER)
        owners["item"] = items
        for view in (self.vectors, self.words):
            if view is not None:
                owners["digest"] = owners["digest"] * _MIXED + view.written_at(items)
        return owners


@dataclass(frozen=True)
class View:
    """How the items of a project are looked at: by which estimator, and by what it sees of them.

    `sources` is None where the estimator sees the features themselves.
    """

    estimator: str
    features: Shards
    representation: str = ""
    sources: Sources | None = None

    @property
    def is_large(self) -> bool:
        return self.sources is not None and len(self.sources.items) > MOST_KEPT


def view_of(project: Project, stored: Shards) -> View:
    """What `auto` stands for in this project, and the representation that the estimator is made for.

    One that learns from votes sees what the one that `auto` stands for sees.
    """
    estimator = usual = project.estimator
    if estimator == AUTO or learns_from_votes(estimator):
        usual = auto.choice(dataset.kind(project), has_vectors=not stored.is_sparse)
    if estimator == AUTO:
        estimator = usual
    entry = annotate_kit.estimators.registry.load(usual)
    representation = getattr(entry, "representation", "")
    if not representation:
        return View(estimator, stored)
    if not stored.is_sparse and len(stored.index.item) > MOST_KEPT:
        representation = "neighbour_means"  # the words of a million texts are not worth their time beside vectors
    return View(estimator, stored, representation, _sources(project, stored, representation))


def _sources(project: Project, stored: Shards, representation: str) -> Sources | None:
    """The views that a representation can be learned from; None where these features are of another kind."""
    name = f"{representation}-of-{project.features}"
    dense = not stored.is_sparse
    if representation == "neighbour_means":
        return Sources(name, stored, None) if dense else None
    if project.features == features.TEXT:
        return Sources(name, None, stored)
    try:
        words = features.of_kind(project, features.TEXT)
    except features.NoFeatures:
        return None
    return Sources(name, stored, words) if dense else None


def kept_rows(project: Project, view: View) -> Shards:
    """The rows of all items, after those of new and changed items were computed."""
    if view.sources is None:
        return view.features
    sources = view.sources
    entry = annotate_kit.representations.registry.load(view.representation)
    rows = Shards(project.pk, sources.name, entry.VERSION)
    owners = sources.owners(sources.items)
    current = rows.is_current(owners)
    learned = _learned(rows, entry, sources, len(owners), int(current.sum()))
    if learned is None:
        rows.remove()
        learned = _fit(rows, entry, sources, owners["item"], project.pk)
        current[:] = False
    missing = owners[~current]
    for start in range(0, len(missing), ROWS):
        part = missing[start : start + ROWS]
        rows.add(part, learned.rows(sources.views(part["item"])))
    return Shards(project.pk, sources.name, entry.VERSION) if len(missing) else rows


def rows_in_memory(view: View, items: Ids, rng: np.random.Generator) -> InMemory:
    """The rows of these items alone, by a representation learned from a random sample of all."""
    assert view.sources is not None
    sources, entry = view.sources, annotate_kit.representations.registry.load(view.representation)
    items = np.intersect1d(items, sources.items)
    sample = np.sort(rng.permutation(sources.items)[: REFERENCE // 2])
    learned: Representation = entry.fit(sources.views(sample), int(rng.integers(2**31)))
    return InMemory(items, learned.rows(sources.views(items)), learned)


def rows_of_others(project: Project, view: View, rows: Rows | None, others: Views) -> Any:
    """What the estimator of a round sees of items that are in no project: by what was learned of the project's own."""
    learned = learned_of(project, view, rows)
    if learned is None:
        return others.words if view.features.is_sparse else others.vectors
    return learned.rows(others)


def learned_of(project: Project, view: View, rows: Rows | None) -> Representation | None:
    """The representation that the estimator of a round sees; None where it sees the features themselves."""
    if view.sources is None:
        return None
    if isinstance(rows, InMemory):
        return rows.learned
    entry = annotate_kit.representations.registry.load(view.representation)
    stored = Shards(project.pk, view.sources.name, entry.VERSION)
    learned: Representation = entry.load(_state(stored)[0])
    return learned


def _state(rows: Shards) -> tuple[dict[str, NDArray[Any]], tuple[int, int]]:
    """What was learned, with the number of items and of columns that it was learned from."""
    with default_storage.open(f"{rows.folder}/{_STATE}") as handle:
        arrays = dict(np.load(io.BytesIO(handle.read())))
    n, columns = arrays.pop("learned_from").tolist()
    return arrays, (n, columns)


def _learned(rows: Shards, entry: Any, sources: Sources, n: int, n_current: int) -> Representation | None:
    """What was learned before; None where there is none, or it is out of date."""
    if not default_storage.exists(f"{rows.folder}/{_STATE}") or GROWN * n_current < n:
        return None
    arrays, (learned_from, columns) = _state(rows)
    if n >= GROWN * learned_from or columns != (sources.vectors.columns if sources.vectors else 0):
        return None
    return entry.load(arrays)


def _fit(rows: Shards, entry: Any, sources: Sources, items: Ids, seed: int) -> Representation:
    sample = np.sort(np.random.default_rng(seed).permutation(items)[:REFERENCE])
    learned: Representation = entry.fit(sources.views(sample), seed)
    learned_from = np.array([len(items), sources.vectors.columns if sources.vectors else 0])
    state = io.BytesIO()
    arrays: dict[str, Any] = {"learned_from": learned_from, **learned.arrays()}
    np.savez(state, **arrays)
    default_storage.save(f"{rows.folder}/{_STATE}", ContentFile(state.getbuffer()))
    return learned
