"""Rankings of an item's candidates.

A value is the list of the candidates' numbers, counted from 0, the best first. Of every two candidates people say which
is better, so any method of aggregation can weigh the people. The merged ranking is the one that agrees with most of
what is believed of all pairs.

J. Kemeny (1959), Mathematics without numbers; the exact search over subsets is that of R. Bellman (1962) and M. Held,
R. Karp (1962).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np

from annotate_kit.aggregation import Votes

from ._contract import Answers, Content, Floats, Ints, Merged, Question, Value

MOST_CANDIDATES = 10
AT_ONCE = 256
"""Items that are searched together: of ten candidates they take 20 MB."""
TIE = 1e-9


@dataclass(frozen=True)
class Options:
    """None: every two candidates are a question to the method."""


def clean(value: Value, content: Content) -> Value:
    if not isinstance(value, list) or any(type(number) is not int for number in value):
        raise ValueError(f"a ranking is a list of candidates' numbers from 0, the best first; this is {value!r}")
    if not 2 <= len(value) <= MOST_CANDIDATES:
        raise ValueError(f"a ranking is of 2 to {MOST_CANDIDATES} candidates; this is of {len(value)}")
    if sorted(value) != list(range(len(value))):
        raise ValueError(f"a ranking of {len(value)} has each of 0 to {len(value) - 1} once; this is {value}")
    return list(value)


def plan(answers: Answers, options: Options) -> "RankingPlan":
    return RankingPlan(answers)


class _OfSize(NamedTuple):
    """The answers that rank n candidates: `answer`, (V,), are their numbers; `rank`, (V, n), the candidates' places."""

    n: int
    answer: Ints
    rank: Ints

    @property
    def pairs(self) -> tuple[Ints, Ints]:
        """(m,) the first and the second candidate of every pair."""
        first, second = np.triu_indices(self.n, 1)
        return first, second


class RankingPlan:
    """One question: is the first of two candidates the better one? Its units are the pairs of all items.

    An item has as many candidates as most of its rankings; others are left out, since they were of another list.
    """

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        length = np.array([len(value) for value in answers.values], dtype=np.int64)
        self.size = _sizes(answers, length)
        n_pairs = self.size * (self.size - 1) // 2
        self.first_unit = np.cumsum(n_pairs) - n_pairs
        counts = length == self.size[answers.item]
        self.by_size = [
            _of_size(answers, n, np.flatnonzero(counts & (length == n))) for n in np.unique(self.size[self.size > 0])
        ]
        units = np.repeat(np.arange(answers.n_items), n_pairs)
        self.questions = [Question("better", ["first", "second"], self._votes(len(units)), units, independent=False)]

    def _votes(self, n_units: int) -> Votes:
        columns = [self._votes_of(some) for some in self.by_size]
        unit, person, label = np.concatenate([np.zeros((3, 0), dtype=np.int64), *columns], axis=1)
        return Votes(unit, person, label, n_units, self.answers.n_annotators, 2)

    def _votes_of(self, some: _OfSize) -> Ints:
        """(3, V m) the unit, the person and the label of each vote."""
        first, second = some.pairs
        unit = self._units(self.answers.item[some.answer], some)
        person = np.repeat(self.answers.annotator[some.answer], len(first))
        second_is_better = some.rank[:, first] > some.rank[:, second]
        return np.stack([unit.ravel(), person, second_is_better.ravel()])

    def _units(self, items: Ints, some: _OfSize) -> Ints:
        """(I, m) the pairs of each of these items."""
        return np.asarray(self.first_unit[items][:, None] + np.arange(len(some.pairs[0])))

    def compose(self, probabilities: Sequence[Floats]) -> list[Merged]:
        """A part is a candidate: its place, how probable it is that it is better than the next one (of the last: worse
        than the one before), and how many people gave it that place. The confidence is the least of these.
        """
        (of_pairs,) = probabilities
        merged = [Merged(None) for _ in range(self.answers.n_items)]
        for some in self.by_size:
            items = np.flatnonzero(self.size == some.n)
            better = _matrix(of_pairs[self._units(items, some), 0], some)
            order = np.concatenate(
                [_kemeny(better[start : start + AT_ONCE]) for start in range(0, len(items), AT_ONCE)]
            )
            row = np.arange(len(items))[:, None]
            sure = better[row, order[:, :-1], order[:, 1:]]
            votes = self._votes_by_place(items, some)[row, order, np.arange(some.n)]
            for item, ranking, probable, people in zip(
                items.tolist(), order.tolist(), np.c_[sure, sure[:, -1:]].tolist(), votes.tolist(), strict=True
            ):
                merged[item] = _merged(ranking, probable, people)
        return merged

    def _votes_by_place(self, items: Ints, some: _OfSize) -> Ints:
        """(I, n, n) how many people put each candidate at each place."""
        votes = np.zeros((len(items), some.n, some.n), dtype=np.int64)
        row = np.searchsorted(items, self.answers.item[some.answer])
        np.add.at(votes, (row[:, None], np.arange(some.n), some.rank), 1)
        return votes


def _sizes(answers: Answers, length: Ints) -> Ints:
    """(N,) how many candidates most of an item's rankings have, the larger number of a tie; 0 where there is none."""
    counts = np.zeros((answers.n_items, MOST_CANDIDATES + 1), dtype=np.int64)
    np.add.at(counts, (answers.item, length), 1)
    return np.where(counts.any(axis=1), MOST_CANDIDATES - counts[:, ::-1].argmax(axis=1), 0)


def _of_size(answers: Answers, n: int, answer: Ints) -> _OfSize:
    orders = np.array([answers.values[number] for number in answer.tolist()], dtype=np.int64).reshape(-1, n)
    return _OfSize(int(n), answer, orders.argsort(axis=1))


def _matrix(of_pairs: Floats, some: _OfSize) -> Floats:
    """(I, n, n) how probable it is that one candidate is better than another, from (I, m) of the pairs."""
    first, second = some.pairs
    better = np.zeros((len(of_pairs), some.n, some.n))
    better[:, first, second] = of_pairs
    better[:, second, first] = 1 - of_pairs
    return better


def _kemeny(better: Floats) -> Ints:
    """(I, n) the order in which the sum of what is believed of all pairs is largest, by dynamic programming.

    The best order of a set of candidates ends with one of them, behind the best order of the others. Subsets are
    numbers whose bits are the candidates. Of equal orders that stands which keeps the candidates' own.
    """
    n_items, n, _ = better.shape
    members = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    behind = members @ better  # (I, 2ⁿ, n): what is gained by a candidate that comes behind a subset
    best, last = np.full((n_items, 2**n), -1.0), np.zeros((n_items, 2**n), dtype=np.int64)
    best[:, 0] = 0
    size = members.sum(axis=1)
    for k in range(1, n + 1):
        for candidate in reversed(range(n)):
            subsets = np.flatnonzero((size == k) & (members[:, candidate] == 1))
            before = subsets ^ (1 << candidate)
            total = best[:, before] + behind[:, before, candidate]
            is_better = total > best[:, subsets] + TIE
            best[:, subsets] = np.where(is_better, total, best[:, subsets])
            last[:, subsets] = np.where(is_better, candidate, last[:, subsets])
    order, subset = np.empty((n_items, n), dtype=np.int64), np.full(n_items, 2**n - 1)
    for place in reversed(range(n)):
        order[:, place] = last[np.arange(n_items), subset]
        subset ^= 1 << order[:, place]
    return order


def _merged(ranking: list[int], probable: list[float], people: list[int]) -> Merged:
    parts = [
        {"candidate": candidate, "place": place, "probability": probability, "votes": votes}
        for place, (candidate, probability, votes) in enumerate(zip(ranking, probable, people, strict=True), 1)
    ]
    return Merged(ranking, parts, min(probable))


def distance(a: Value, b: Value, content: Content) -> float:
    """The share of the pairs of candidates that stand the other way round (Kendall's τ is 1 − twice that)."""
    if a is None or b is None or len(a) != len(b):
        return float(a is not b)
    place = {candidate: place for place, candidate in enumerate(b)}
    pairs = list(combinations([place[candidate] for candidate in a], 2))
    return sum(x > y for x, y in pairs) / len(pairs)


def score(values: Sequence[Value], gold: Sequence[Value], contents: Sequence[Content]) -> dict[str, float]:
    """Kendall's τ on average, and the share of rankings that are the known ones."""
    apart = [distance(value, true, Content()) for value, true in zip(values, gold, strict=True)]
    return {
        "tau": float(1 - 2 * np.mean(apart)) if apart else float("nan"),
        "equal": float(np.mean(np.array(apart) == 0)) if apart else float("nan"),
    }
