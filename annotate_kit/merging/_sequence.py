"""Spans as labels of atoms, and back.

An atom is a stretch of a text between two neighbouring places at which anybody's span begins or ends. Nobody can tell
its characters apart, so it is what people vote on: O outside, B where a span of a label begins, I where it goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes

from ._contract import Answers, Floats, Ints
from ._relations import spans_of

FLOOR = 1e-12
IMPOSSIBLE = -1e9


@dataclass(frozen=True, eq=False)
class Spans:
    """Spans of all answers in columns, (S,) each: the answer, where they begin and end, and the label's number."""

    answer: Ints
    start: Ints
    end: Ints
    label: Ints

    def where(self, chosen: NDArray[np.bool_]) -> "Spans":
        return Spans(self.answer[chosen], self.start[chosen], self.end[chosen], self.label[chosen])


def flatten(answers: Answers, labels: Sequence[str]) -> Spans:
    """The answers' spans as columns; `labels` names what `label` counts."""
    code = {name: number for number, name in enumerate(labels)}
    rows = [
        (answer, span["start"], span["end"], code[span["label"]])
        for answer, value in enumerate(answers.values)
        for span in spans_of(value)
    ]
    return Spans(*np.array(rows, dtype=np.int64).reshape(-1, 4).T)


@dataclass(frozen=True, eq=False)
class Atoms:
    """The texts of N items cut into atoms. No two spans of an answer may overlap.

    length      (N,) code points of each text
    item        (V,) the item of each answer; `annotator` (V,) who gave it
    n_labels    L: an atom's labels are O, B and I of the first, B and I of the second, and so on
    """

    spans: Spans
    item: Ints
    annotator: Ints
    length: Ints
    n_annotators: int
    n_labels: int

    @cached_property
    def base(self) -> Ints:
        """(N + 1,) where each text begins when all stand one behind the other, a gap between them."""
        return np.concatenate([[0], np.cumsum(self.length + 1)])

    @cached_property
    def cuts(self) -> Ints:
        """Every place, counted from the first text's beginning, at which an atom begins or ends."""
        base = self.base[self.item[self.spans.answer]]
        ends = self.base[:-1] + self.length
        return np.unique(np.concatenate([self.base[:-1], ends, base + self.spans.start, base + self.spans.end]))

    @cached_property
    def cut_item(self) -> Ints:
        return np.searchsorted(self.base, self.cuts, side="right") - 1

    @cached_property
    def first(self) -> Ints:
        """(N + 1,) each text's first atom; every text has one atom fewer than cuts."""
        return np.searchsorted(self.cuts, self.base) - np.arange(len(self.base))

    @cached_property
    def unit_item(self) -> Ints:
        """(U,) the item that each atom is of."""
        return np.repeat(np.arange(len(self.length)), np.diff(self.first))

    def atom_at(self, item: Ints, place: Ints) -> Ints:
        """The atom that begins at each place of an item's text; at a text's end, the next text's first one."""
        cut = np.searchsorted(self.cuts, self.base[item] + place)
        return cut - item

    def place_of(self, atom: Ints, item: Ints) -> Ints:
        """Where in its text an atom of that item begins, or, one behind its last, where the text ends."""
        return self.cuts[atom + item] - self.base[item]

    @cached_property
    def votes(self) -> Votes:
        """Everybody's label of every atom of the texts that they answered."""
        sizes = np.diff(self.first)[self.item]
        offset = np.concatenate([[0], np.cumsum(sizes)])
        shift = self.first[self.item] - offset[:-1]
        unit = np.arange(offset[-1]) + np.repeat(shift, sizes)
        answer, item = self.spans.answer, self.item[self.spans.answer]
        begin = self.atom_at(item, self.spans.start) - shift[answer]
        end = self.atom_at(item, self.spans.end) - shift[answer]
        inside = 2 * self.spans.label + 2
        change = np.zeros(offset[-1] + 1, dtype=np.int64)
        np.add.at(change, begin, inside)
        np.subtract.at(change, end, inside)
        label = np.cumsum(change[:-1])
        label[begin] = inside - 1
        sizes_of_votes = (int(self.first[-1]), self.n_annotators, 2 * self.n_labels + 1)
        return Votes(unit, np.repeat(self.annotator, sizes), label, *sizes_of_votes)

    def decode(self, probabilities: Floats) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        """The most probable spans, given (U, 2L + 1) probabilities: item, start, end, label; and the atoms' labels."""
        path = self._path(np.log(np.maximum(probabilities, FLOOR)))
        goes_on = np.append((path > 0) & (path % 2 == 0), False)
        last = np.append(~goes_on[1:], True)[: len(path)]
        begins = np.flatnonzero(path % 2 == 1)
        ends = np.flatnonzero(last)
        behind = ends[np.searchsorted(ends, begins)] + 1
        item = self.unit_item[begins]
        return item, self.place_of(begins, item), self.place_of(behind, item), path[begins] // 2, path

    def _path(self, score: Floats) -> Ints:
        """(U,) the labels of the largest sum of scores in which I follows only B or I of its label (Viterbi).

        All texts take their t-th step at once, the longest first in the tables.
        """
        sizes = np.diff(self.first)
        order = np.argsort(-sizes, kind="stable")
        longest = int(sizes.max(initial=0))
        active = np.searchsorted(-sizes[order], -np.arange(1, longest + 1), side="right")
        transition, K = _transitions(self.n_labels), score.shape[1]
        came_from = np.zeros((len(score), K), dtype=np.int64)
        best = np.full((len(order), K), IMPOSSIBLE)
        for step, n in enumerate(active):
            rows = self.first[order[:n]] + step
            if step == 0:
                best[:n] = score[rows] + transition[0]
                continue
            reached = best[:n, :, None] + transition
            came_from[rows] = reached.argmax(axis=1)
            best[:n] = reached.max(axis=1) + score[rows]
        path = np.zeros(len(score), dtype=np.int64)
        label = best.argmax(axis=1)
        for step in range(longest - 1, -1, -1):
            rows = self.first[order[: active[step]]] + step
            path[rows] = label[: active[step]]
            label[: active[step]] = came_from[rows, path[rows]]
        return path

    def probability(self, probabilities: Floats, item: Ints, start: Ints, end: Ints, label: Ints) -> Floats:
        """Of each span, how sure its least sure atom is: of its beginning, of going on, and of ending where it does."""
        if not len(item):
            return np.zeros(0)
        begin, behind = self.atom_at(item, start), self.atom_at(item, end)
        sizes = behind - begin
        offset = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        atom = np.arange(sizes.sum()) + np.repeat(begin - offset, sizes)
        of_atom = probabilities[atom, np.repeat(2 * label + 2, sizes)]
        of_atom[offset] = probabilities[begin, 2 * label + 1]
        sure = np.minimum.reduceat(of_atom, offset)
        more = behind < self.first[item + 1]
        sure[more] = np.minimum(sure[more], 1 - probabilities[behind[more], 2 * label[more] + 2])
        return sure.clip(0.0, 1.0)


def _transitions(n_labels: int) -> Floats:
    """(K, K) from the former atom's label to the next one's: 0, or IMPOSSIBLE."""
    allowed = np.zeros((2 * n_labels + 1, 2 * n_labels + 1))
    for inside in range(2, 2 * n_labels + 1, 2):
        allowed[:, inside] = IMPOSSIBLE
        allowed[[inside - 1, inside], inside] = 0.0
    return allowed
