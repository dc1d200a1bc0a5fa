"""Features kept in files: shards of a few thousand rows, written once, read one at a time.

A shard is two files of Django's storage with one stem: the vectors (`.npy` when dense, `.npz` when a CSR matrix), and
after them the items that its rows belong to (`.items.npy`), without which the vectors do not count. The stem is
`<time>-<rows>x<columns>`: a newer shard's row replaces an older one's of the same item.
"""

import io
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from numpy.typing import NDArray

from annotate_kit.features import Features, stack
from core import storage_folders

ROWS = 8192  # of a shard
OWNER = np.dtype([("item", "<i8"), ("digest", "<u8")])
_ITEMS = ".items.npy"
_STEM = re.compile(r"^\d+-\d+x(?P<columns>\d+)$")


@dataclass(frozen=True)
class Index:
    """Where the newest row of each item is; arrays of equal length, ascending by item."""

    item: NDArray[np.int64]
    digest: NDArray[np.uint64]
    shard: NDArray[np.int32]
    row: NDArray[np.int32]

    def places(self, items: NDArray[np.int64]) -> NDArray[np.intp]:
        """The place of each item in this index, -1 of those that are not in it."""
        if not len(self.item):
            return np.full(len(items), -1, dtype=np.intp)
        positions = np.searchsorted(self.item, items)
        positions[positions == len(self.item)] = 0
        return np.where(self.item[positions] == items, positions, -1)


class Shards:
    """The shards of one project and one kind of features."""

    def __init__(self, project_id: int, kind: str, version: int | str) -> None:
        self.folder = f"{folder_of(project_id)}/{kind}-v{version}"
        self.stems, self.index = self._read_index()

    def _read_index(self) -> tuple[list[str], Index]:
        stems, owners = [], []
        for stem in self._written():
            with suppress(ValueError, EOFError, FileNotFoundError):  # cut off by a kill, or removed just now
                owners.append(_load(f"{self.folder}/{stem}{_ITEMS}"))
                stems.append(stem)
        every = np.concatenate(owners) if owners else np.empty(0, dtype=OWNER)
        sizes = [len(owner) for owner in owners]
        shard = np.repeat(np.arange(len(owners), dtype=np.int32), sizes)
        row = np.concatenate([np.arange(size, dtype=np.int32) for size in sizes] or [np.empty(0, dtype=np.int32)])
        order = np.argsort(every["item"], kind="stable")
        item = every["item"][order]
        newest = order[np.append(item[1:] != item[:-1], True)[: len(item)]]
        return stems, Index(every["item"][newest], every["digest"][newest], shard[newest], row[newest])

    def _written(self) -> list[str]:
        """The stems of complete shards, oldest first."""
        stems = [name.removesuffix(_ITEMS) for name in storage_folders.files(self.folder) if name.endswith(_ITEMS)]
        return sorted(stem for stem in stems if _STEM.match(stem))

    @property
    def columns(self) -> int:
        """Of the widest shard; 0 without any."""
        return max((_columns(stem) for stem in self.stems), default=0)

    @property
    def all_items(self) -> NDArray[np.int64]:
        """The items that have a row, ascending."""
        return self.index.item

    @property
    def is_sparse(self) -> bool:
        """Whether the newest shard is a CSR matrix; False without any."""
        return bool(self.stems) and default_storage.exists(f"{self.folder}/{self.stems[-1]}.npz")

    def written_at(self, items: NDArray[np.int64]) -> NDArray[np.uint64]:
        """A number for the row of each item, which all have one: another one once the row is written anew."""
        places = self.index.places(items)
        times = np.array([int(stem.partition("-")[0]) for stem in self.stems], dtype=np.uint64)
        return times[self.index.shard[places]] + self.index.row[places].astype(np.uint64)

    def has(self, items: NDArray[np.int64]) -> NDArray[np.bool_]:
        return self.index.places(items) >= 0

    def is_current(self, owners: NDArray[np.void]) -> NDArray[np.bool_]:
        """Of each (item, digest), whether features of just this content are kept."""
        places = self.index.places(owners["item"])
        if not len(self.index.item):
            return places >= 0
        return (places >= 0) & (self.index.digest[places] == owners["digest"])

    def add(self, owners: NDArray[np.void], features: Features) -> None:
        """Write a shard. It is read by those who look afterwards: make `Shards` anew."""
        from scipy import sparse

        stem = f"{self.folder}/{time.time_ns():020}-{features.shape[0]}x{features.shape[1]}"
        vectors = io.BytesIO()
        if sparse.issparse(features):
            sparse.save_npz(vectors, features, compressed=False)
            default_storage.save(f"{stem}.npz", ContentFile(vectors.getbuffer()))
        else:
            np.save(vectors, np.ascontiguousarray(features, dtype=np.float32))
            default_storage.save(f"{stem}.npy", ContentFile(vectors.getbuffer()))
        names = io.BytesIO()
        np.save(names, owners.astype(OWNER))
        default_storage.save(stem + _ITEMS, ContentFile(names.getbuffer()))

    def chunks(self, items: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], Features]]:
        """(items, their features), a shard at a time, of those that have features; all as wide as the widest."""
        places = self.index.places(items)
        places = places[places >= 0]
        places = places[np.lexsort((self.index.row[places], self.index.shard[places]))]
        ends = np.searchsorted(self.index.shard[places], np.arange(len(self.stems) + 1))
        for shard, stem in enumerate(self.stems):
            part = places[ends[shard] : ends[shard + 1]]
            if len(part):
                yield self.index.item[part], self._vectors(stem, self.index.row[part])

    def read(self, items: NDArray[np.int64]) -> Features:
        """The features of `items`, which all have some, in this order."""
        chunks = list(self.chunks(items))
        order = np.concatenate([part for part, _ in chunks])
        return stack([features for _, features in chunks])[np.argsort(order)[np.argsort(np.argsort(items))]]

    def _vectors(self, stem: str, rows: NDArray[np.int32]) -> Features:
        from scipy import sparse

        name = f"{self.folder}/{stem}"
        if default_storage.exists(f"{name}.npz"):
            with default_storage.open(f"{name}.npz") as handle:
                return sparse.csr_matrix(sparse.load_npz(io.BytesIO(handle.read())))[rows]
        vectors = _load(f"{name}.npy")[rows]
        missing = self.columns - _columns(stem)
        return np.pad(vectors, ((0, 0), (0, missing))) if missing else np.asarray(vectors)

    def remove(self) -> None:
        storage_folders.remove(self.folder)
        self.stems, self.index = self._read_index()


def folder_of(project_id: int) -> str:
    return f"features/{project_id}"


def remove_older(project_id: int, keep: Shards, kind: str) -> None:
    """Remove the features of other versions of a kind, which nobody reads any more."""
    for name in storage_folders.folders(folder_of(project_id)):
        if name.startswith(f"{kind}-v") and name != PurePosixPath(keep.folder).name:
            storage_folders.remove(f"{folder_of(project_id)}/{name}")


def _columns(stem: str) -> int:
    match = _STEM.match(stem)
    assert match
    return int(match["columns"])


def _load(name: str) -> NDArray[Any]:
    """An array of the storage, mapped instead of read where it is a file of this machine."""
    if isinstance(default_storage, FileSystemStorage):
        return np.load(default_storage.path(name), mmap_mode="r")
    with default_storage.open(name) as handle:
        return np.load(io.BytesIO(handle.read()))
