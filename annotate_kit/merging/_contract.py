"""What goes into merging and what comes out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]
Value = Any
"""What one person answered of one item, or None; its shape is the entry's."""

NEAR_MISS = 0.1
"""Parts less probable than this are not worth a reviewer's look."""


@dataclass(frozen=True)
class Content:
    """What is known of an item: the length of its text in code points, the size of its picture in pixels, or the
    difference between the ends of its scale."""

    length: int | None = None
    width: float | None = None
    height: float | None = None
    scale: float | None = None


class WrongAnswer(ValueError):
    """An answer that cannot be merged with these options; `item` is the number of its item."""

    def __init__(self, item: int, message: str) -> None:
        super().__init__(message)
        self.item = item


@dataclass(frozen=True, eq=False)
class Answers:
    """Who answered what: answer v says that `annotator[v]` gave `values[v]` to `item[v]`.

    `item` and `annotator` are (V,) whole numbers from 0; `values` must be clean (see the entries' `clean`);
    `contents` has one entry an item, also for items without answers.
    """

    item: Ints
    annotator: Ints
    values: Sequence[Value]
    contents: Sequence[Content]
    n_annotators: int

    def __post_init__(self) -> None:
        for axis in ("item", "annotator"):
            object.__setattr__(self, axis, np.asarray(getattr(self, axis), dtype=np.int64))
        if not len(self.item) == len(self.annotator) == len(self.values):
            lengths = len(self.item), len(self.annotator), len(self.values)
            raise ValueError(f"item, annotator and values must be of one length; they have {lengths}")

    @property
    def n_items(self) -> int:
        return len(self.contents)

    def by_item(self) -> list[NDArray[np.intp]]:
        """The numbers of the answers of each item."""
        order = np.argsort(self.item, kind="stable")
        ends = np.searchsorted(self.item[order], np.arange(self.n_items + 1))
        return [order[start:end] for start, end in pairwise(ends)]


@dataclass(frozen=True, eq=False)
class Question:
    """Something about units (atoms of a text, objects of a picture) that votes can answer.

    name         what is asked, as "label"
    labels       its K answers
    votes        people's answers, of U units
    item         (U,) the item that each unit belongs to
    aggregated   False: the plan has a rule of its own, and the votes only tell how well people see
    independent  False: units of one item hang together; one mistake is made on several of them
    """

    name: str
    labels: Sequence[str]
    votes: Votes
    item: Ints
    aggregated: bool = True
    independent: bool = True


@dataclass(frozen=True)
class Merged:
    """One item's value, made of its answers.

    value          None when nobody answered
    parts          what was considered, most probable first where order does not matter: each a part of a value with
                   `probability` and `votes` (how many people drew it); those that are not in `value` are near misses
    confidence     0 to 1: how sure the least sure decision is
    disagreement   0 to 1: mean distance of two answers; 0 for a single one
    """

    value: Value
    parts: list[dict[str, Any]] = field(default_factory=list)
    confidence: float = 0.0
    disagreement: float = 0.0


class Plan(Protocol):
    """Answers prepared: the questions that are to be aggregated, and what becomes of the probabilities."""

    questions: list[Question]

    def compose(self, probabilities: Sequence[Floats]) -> list[Merged]:
        """One `Merged` an item, given the (U, K) probabilities of each aggregated question, in their order."""
        ...
