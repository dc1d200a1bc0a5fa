"""Features: from what an item shows to numbers.

An entry has
    kinds      frozenset of "text", "image", "data": the records that it can take
    VERSION    an integer, raised whenever the same content would give other numbers, so that kept shards are recomputed
    compute(contents) -> Features
               float32, a row per content: (n, d) array or CSR matrix. It learns nothing from `contents`, so a shard
               computed today fits one computed last month.
An entry that needs a model of its own has also
    lacking() -> str    why it cannot compute here, and what to do; empty when it can
    model_id() -> str   another one for each model, since other models give other numbers

Contents are `str` for text, the file's `bytes` for image, `dict` for data.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Union

import numpy as np
from numpy.typing import NDArray

from annotate_kit.registry import Registry

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

registry = Registry(__name__)

Features = Union[NDArray[np.float32], "csr_matrix"]


def version(name: str) -> str:
    """What stored rows of an entry are told apart by: its VERSION, and its model where it has one."""
    entry = registry.load(name)
    return f"{entry.VERSION}-{entry.model_id()}" if hasattr(entry, "model_id") else str(entry.VERSION)


def lacking(name: str) -> str:
    """Why an entry cannot compute here, and what to install or set; empty when it can."""
    entry = registry.load(name)
    return str(entry.lacking()) if hasattr(entry, "lacking") else ""


def stack(shards: Sequence[Features]) -> Features:
    """Shards of one entry below each other. Narrower ones are filled up with zeros (see `image_pixels`)."""
    from scipy import sparse

    width = max(shard.shape[1] for shard in shards)
    if any(sparse.issparse(shard) for shard in shards):
        rows = [sparse.csr_matrix(shard) for shard in shards]
        for shard in rows:
            shard.resize(shard.shape[0], width)
        return sparse.vstack(rows, format="csr", dtype=np.float32)
    stacked = np.zeros((sum(len(shard) for shard in shards), width), dtype=np.float32)
    start = 0
    for shard in shards:
        stacked[start : start + len(shard), : shard.shape[1]] = shard
        start += len(shard)
    return stacked
