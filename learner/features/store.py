"""What the models see of items: computed once per item and kept, or sent by REST."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

import annotate_kit.features
from annotate_kit.features import Features, given_vectors, stack
from core import storage_folders
from learner import dataset
from learner.features import shards
from learner.features.shards import ROWS, Shards
from projects.models import Project

VECTORS = "given_vectors"
TEXT = "text_hashing"
SHARD_SECONDS = 30.0  # a shard is written after so long at the latest: a killed worker loses no more
_AT_ONCE = {"image": 256, "text": 1024}  # what is in memory at once; of records a whole shard's
_KEEP_UNKNOWN = 1000


class NoFeatures(Exception):
    """There is nothing to learn from; the message says what to do."""


def of_items(project: Project, advance: Callable[[float], None] = lambda share: None) -> Shards:
    """The features of a project's items, after those of new and changed items were computed.

    `advance` is called meanwhile with the share that is done.
    """
    return _of_vectors(project) if project.features == VECTORS else of_kind(project, project.features, advance)


def are_there(project: Project) -> bool:
    """Whether the items have features, or can be given some now."""
    if project.features == VECTORS:
        return bool(Shards(project.pk, VECTORS, given_vectors.VERSION).stems)
    if annotate_kit.features.lacking(project.features):
        return False
    return bool(len(dataset.digests(project, annotate_kit.features.registry.load(project.features).kinds)))


def of_kind(project: Project, name: str, advance: Callable[[float], None] = lambda share: None) -> Shards:
    """The features `name` of the items that it takes; NoFeatures when there is none."""
    if reason := annotate_kit.features.lacking(name):
        raise NoFeatures(reason)
    entry, version = annotate_kit.features.registry.load(name), annotate_kit.features.version(name)
    stored = Shards(project.pk, name, version)
    owners = dataset.digests(project, entry.kinds)
    if not len(owners):
        kinds = " and ".join(sorted(entry.kinds))
        raise NoFeatures(f"{name} takes {kinds}, and no item is one; choose other features in the settings")
    missing = owners[~stored.is_current(owners)]
    if not len(missing):
        return stored
    shards.remove_older(project.pk, stored, name)
    for start in range(0, len(missing), ROWS):
        for count in _compute(entry, stored, missing[start : start + ROWS]):
            advance((start + count) / len(missing))
    return Shards(project.pk, name, version)


def _of_vectors(project: Project) -> Shards:
    stored = Shards(project.pk, VECTORS, given_vectors.VERSION)
    if not stored.stems:
        raise NoFeatures(f"no vectors were sent; send them by PUT /api/projects/{project.pk}/features/")
    return stored


def _compute(entry: Any, stored: Shards, owners: np.ndarray) -> Iterator[int]:
    """Write a shard, or several where it takes long, and tell the count of items in between.

    An item that was removed meanwhile is left out.
    """
    at_once = min(_AT_ONCE.get(kind, ROWS) for kind in entry.kinds)
    items: list[int] = []
    parts: list[Features] = []
    count, began = 0, time.monotonic()
    for batch in _batches(dataset.contents(owners["item"]), at_once):
        items += [item for item, _ in batch]
        parts.append(entry.compute([content for _, content in batch]))
        count += len(batch)
        if time.monotonic() - began > SHARD_SECONDS:
            stored.add(owners[np.isin(owners["item"], items)], stack(parts))
            items, parts, began = [], [], time.monotonic()
        yield count
    if items:
        stored.add(owners[np.isin(owners["item"], items)], stack(parts))


def _batches(rows: Iterator[tuple[int, Any]], size: int) -> Iterator[list[tuple[int, Any]]]:
    while batch := list(islice(rows, size)):
        yield batch


@dataclass
class VectorReport:
    """What became of vectors that were sent. `unknown` keeps the first thousand names that belong to no item."""

    stored: int = 0
    unknown_count: int = 0
    unknown: list[str] = field(default_factory=list)


def store_vectors(
    project: Project, external_ids: Sequence[str], vectors: Any, *, replace: bool = False
) -> VectorReport:
    """Keep vectors, (n, d) numbers, of the items with these external_ids, for the features `given_vectors`.

    A vector sent again replaces the former one. All vectors of a project are equally long; `replace` forgets those
    sent before, and so makes room for another length. ValueError says what is wrong; then nothing is stored.
    """
    if not hasattr(vectors, "shape"):
        vectors = given_vectors.compute(vectors)
    parts = [slice(start, start + ROWS) for start in range(0, len(external_ids), ROWS)]
    _check(external_ids, vectors, parts)
    stored = Shards(project.pk, VECTORS, given_vectors.VERSION)
    if stored.columns not in (0, vectors.shape[1]) and not replace:
        raise ValueError(f"the vectors sent before have {stored.columns} numbers, these {vectors.shape[1]}")
    if replace:
        stored.remove()
    report = VectorReport()
    for part in parts:
        _store(project, stored, external_ids[part], given_vectors.compute(vectors[part]), report)
    return report


def _check(external_ids: Sequence[str], vectors: Any, parts: list[slice]) -> None:
    """Part by part, so that a large file of vectors is never in memory as a whole."""
    if len(vectors.shape) != 2 or len(external_ids) != vectors.shape[0]:
        raise ValueError(f"{len(external_ids)} ids want as many vectors, the shape of these is {vectors.shape}")
    twice = [name for name, times in Counter(external_ids).items() if times > 1]
    if twice:
        raise ValueError(f"the id {twice[0]!r} comes twice")
    for part in parts:
        given_vectors.compute(vectors[part])


def _store(project: Project, stored: Shards, names: Sequence[str], vectors: Features, report: VectorReport) -> None:
    items = dataset.ids_of(project, names)
    unknown = [name for name in names if name not in items]
    report.unknown_count += len(unknown)
    report.unknown += unknown[: _KEEP_UNKNOWN - len(report.unknown)]
    rows = np.array([place for place, name in enumerate(names) if name in items], dtype=np.intp)
    if len(rows):
        owners = np.zeros(len(rows), dtype=shards.OWNER)
        owners["item"] = [items[names[row]] for row in rows]
        stored.add(owners, vectors[rows])
        report.stored += len(rows)


@receiver(post_delete, sender=Project)
def forget(sender: type[Project], instance: Project, **kwargs: Any) -> None:
    """The features of a deleted project go with it."""
    project_id = instance.pk
    transaction.on_commit(lambda: remove(project_id))


def remove(project_id: int) -> None:
    """Remove the features of a project that was deleted. It does no harm to call it twice."""
    storage_folders.remove(shards.folder_of(project_id))
