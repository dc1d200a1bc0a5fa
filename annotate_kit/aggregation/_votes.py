"""The votes of a crowd as arrays, and the two ways in which methods look at them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy  # which loads a part of itself when that is first used
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Votes:
    """Who said what: vote v says that `annotator[v]` gave `label[v]` to `item[v]`.

    Three whole-number arrays of one length, counted from 0. A person may vote on an item several times, items and
    people may have no votes at all. ValueError names the first vote that is out of range.
    """

    item: Ints
    annotator: Ints
    label: Ints
    n_items: int
    n_annotators: int
    n_labels: int

    def __post_init__(self) -> None:
        for axis in ("item", "annotator", "label"):
            object.__setattr__(self, f"n_{axis}s", _size(f"n_{axis}s", getattr(self, f"n_{axis}s")))
            object.__setattr__(self, axis, _codes(axis, getattr(self, axis), getattr(self, f"n_{axis}s")))
        lengths = {len(self.item), len(self.annotator), len(self.label)}
        if len(lengths) > 1:
            raise ValueError(f"item, annotator and label must be of one length; they have {sorted(lengths)}")
        if self.n_labels < 1:
            raise ValueError("n_labels is 0; a vote needs at least one label to choose")

    def __len__(self) -> int:
        return len(self.item)

    @classmethod
    def from_ids(
        cls, items: Iterable[Any], annotators: Iterable[Any], labels: Iterable[Any]
    ) -> tuple[Votes, tuple[list[Any], list[Any], list[Any]]]:
        """Votes from ids of any kind (names, huge numbers), and the ids in the order that the arrays' rows have."""
        coded = [_enumerate(ids) for ids in (items, annotators, labels)]
        codes = [code for code, _ in coded]
        ids = tuple(names for _, names in coded)
        return cls(*codes, *(max(1, len(names)) for names in ids)), ids  # type: ignore[arg-type, return-value]

    def where(self, mask: NDArray[np.bool_]) -> Votes:
        """Some of the votes, of the same items, annotators and labels."""
        sizes = self.n_items, self.n_annotators, self.n_labels
        return Votes(self.item[mask], self.annotator[mask], self.label[mask], *sizes)

    def of_items(self, rows: NDArray[np.intp]) -> Votes:
        """The votes on these items, numbered from 0 in their order; an item that comes twice has its votes twice."""
        by_item = np.argsort(self.item, kind="stable")
        first = np.searchsorted(self.item[by_item], np.arange(self.n_items + 1))
        counts = np.diff(first)[rows]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        vote = by_item[np.repeat(first[:-1][rows], counts) + within]
        item = np.repeat(np.arange(len(rows)), counts)
        return Votes(item, self.annotator[vote], self.label[vote], len(rows), self.n_annotators, self.n_labels)

    def counting(self, weight: Floats) -> CountedVotes:
        """The same votes, each counting its weight, (V,), instead of one."""
        sizes = self.n_items, self.n_annotators, self.n_labels
        return CountedVotes(self.item, self.annotator, self.label, *sizes, weight)

    @property
    def squares(self) -> Floats | None:
        """(V,) the square of what each vote counts; None where all count one."""
        return None

    @cached_property
    def by_answer(self) -> scipy.sparse.csr_array:
        """(N, A·K) how often each (annotator, label), column annotator·K + label, was said of each item."""
        columns = self.annotator.astype(np.int64) * self.n_labels + self.label
        return _counts(self.item, columns, (self.n_items, self.n_annotators * self.n_labels), self._weight)

    @cached_property
    def cell(self) -> NDArray[np.intp]:
        """One number a vote: its place in an (N, K) table laid out in a row."""
        return self.item.astype(np.intp) * self.n_labels + self.label

    @cached_property
    def tally(self) -> Floats:
        """(N, K) how many votes each label has on each item."""
        return self.spread(self._weight)

    def weighted_tally(self, weights: Floats) -> Floats:
        """(N, K) votes for each label on each item, each counting its annotator's weight, (A,)."""
        per_vote = np.asarray(weights, dtype=np.float64)[self.annotator]
        return self.spread(per_vote if self._weight is None else per_vote * self._weight)

    def spread(self, per_vote: Floats | None) -> Floats:
        """(N, K) what belongs to the votes, one number a vote, added up over those for each label on each item."""
        flat = np.bincount(self.cell, per_vote, self.n_items * self.n_labels)
        return flat.astype(np.float64, copy=False).reshape(self.n_items, self.n_labels)

    @cached_property
    def per_item(self) -> Floats:
        """(N,) number of votes of each item."""
        return np.bincount(self.item, self._weight, self.n_items).astype(np.float64, copy=False)

    @cached_property
    def per_annotator(self) -> Floats:
        """(A,) number of votes of each annotator."""
        return np.bincount(self.annotator, minlength=self.n_annotators).astype(np.float64)

    @property
    def _weight(self) -> Floats | None:
        return None


@dataclass(frozen=True, eq=False)
class CountedVotes(Votes):
    """Votes of which some count less than one; sums over items and answers are sums of what they count."""

    weight: Floats

    @property
    def squares(self) -> Floats | None:
        return self.weight**2

    @property
    def _weight(self) -> Floats | None:
        return self.weight


def _size(name: str, size: Any) -> int:
    if isinstance(size, bool) or int(size) != size or size < 0:
        raise ValueError(f"{name} must be a whole number from 0 on; it is {size!r}")
    return int(size)


def _codes(axis: str, values: Any, size: int) -> Ints:
    """The array as int32, after a look at every value."""
    codes = np.asarray(values)
    if codes.ndim != 1:
        raise ValueError(f"{axis} must be one row of numbers; its shape is {codes.shape}")
    if codes.size and codes.dtype.kind not in "iu":
        raise ValueError(f"{axis} must hold whole numbers, not {codes.dtype}; Votes.from_ids takes ids of any kind")
    wrong = np.flatnonzero((codes < 0) | (codes >= size)) if codes.size else codes
    if wrong.size:
        raise ValueError(
            f"{axis} of vote {wrong[0]} is {codes[wrong[0]]}, but n_{axis}s is {size}: "
            f"{f'0 to {size - 1} are allowed' if size else 'none is allowed'}"
        )
    return codes.astype(np.int32)


def _enumerate(ids: Iterable[Any]) -> tuple[Ints, list[Any]]:
    """Codes and the sorted distinct ids; ids that cannot be sorted keep the order in which they came."""
    ids = ids if isinstance(ids, Sequence | np.ndarray) else list(ids)
    distinct = list(dict.fromkeys(ids.tolist() if isinstance(ids, np.ndarray) else ids))
    with suppress(TypeError):
        distinct.sort()
    code = {name: number for number, name in enumerate(distinct)}
    return np.fromiter((code[name] for name in ids), dtype=np.int32, count=len(ids)), distinct


def _counts(
    rows: Ints, columns: NDArray[np.int64], shape: tuple[int, int], weight: Floats | None = None
) -> scipy.sparse.csr_array:
    if shape[1] <= np.iinfo(np.int32).max:
        columns = columns.astype(np.int32)
    values = np.ones(len(rows)) if weight is None else weight
    counts = scipy.sparse.coo_array((values, (rows, columns)), shape=shape).tocsr()
    counts.sum_duplicates()
    return counts
