"""Representations: what estimators see of items, learned from all items, labelled or not.

An entry has
    VERSION                               raised whenever the same items would give other rows
    fit(views, seed) -> Representation    learned from a sample of the project's items
    load(arrays) -> Representation        one that was kept
A Representation has
    rows(views) -> Features               (n, d) array or CSR matrix; an item's row depends on that item alone
    arrays() -> dict of arrays            all that `load` needs

Features say what an item shows; a representation also says where it lies among the others. So an item that comes later
gets its row without any other row being changed.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from annotate_kit.registry import Registry

registry = Registry(__name__)


@dataclass(frozen=True)
class Views:
    """Two ways to look at the same n items, of which one may be lacking.

    vectors  (n, d) array: embeddings, pixels
    words    (n, columns) CSR matrix: hashed words of a text
    """

    vectors: NDArray[np.float32] | None = None
    words: Any = None

    def __post_init__(self) -> None:
        if self.vectors is None and self.words is None:
            raise ValueError("views are vectors or words or both")

    def __len__(self) -> int:
        view = self.words if self.vectors is None else self.vectors
        return int(view.shape[0])


class Representation(Protocol):
    def rows(self, views: Views) -> Any: ...
    def arrays(self) -> dict[str, NDArray[Any]]: ...
