"""Who errs together: pairs of people whose agreement their skills do not explain.

Where errors are independent, how far two people agree above chance is the product of their skills (a matrix of rank
one; Ma & Olshevsky 2020, and exact for two labels). Pairs far above it make the same errors: one copies the other,
both were taught the same, or one person has two accounts. They should count once. When the whole matrix has a strong
second dimension, people answer two different questions, and no model with one truth behind the votes holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy  # which loads a part of itself when that is first used
from numpy.typing import NDArray

from ._votes import Floats, Ints, Votes

MOST_PEOPLE = 500
"""The busiest people are compared; the others rarely meet often enough to show anything."""
MOST_MEETINGS = 4_000_000
"""Beyond so many meetings of two people on an item, every so many-th item is looked at."""
COMMON_ITEMS = 20
"""Two people must have met on so many items before they are said to err together."""
FEW_ITEMS = 5
"""Pairs that met less often say nothing about the crowd as a whole either."""
STANDARD_ERRORS = 5.0
"""How far above the skills' product the agreement of such a pair is."""
ENOUGH = 30.0
"""A pair that met more often counts no more for the skills, so that busy copiers do not explain themselves."""
LEAST_COMPARED = 20
"""With fewer comparisons than this, counted from both sides, no second dimension can be seen."""
MOST_Z = 3.0
"""No pair says more than so many standard errors about a second dimension."""
ROUNDS, STEPS, TOLERANCE = 30, 4, 1e-3
NEAR, FAR = 2.0, 8.0
"""Standard errors within which a pair counts fully for the skills, and above which it does not count."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """How far P people agree with each other; all matrices are (P, P) and symmetric, zero on the diagonal.

    people      (P,) which annotators they are
    met         on how many items both have voted
    expected    the rate of agreement that their skills explain
    agreement   on how many items they agree
    skill       (P,) above chance: 0 says nothing about the truth, 1 is always right
    """

    people: Ints
    met: Floats
    expected: Floats
    agreement: Floats
    skill: Floats

    @cached_property
    def z(self) -> Floats:
        """(P, P) by how many standard errors each pair agrees more than explained."""
        rate = self.expected.clip(0.05, 0.95)
        error = np.sqrt(np.maximum(self.met * rate * (1 - rate), 1e-9))
        return np.where(self.met > 0, (self.agreement - self.met * self.expected) / error, 0.0)

    @cached_property
    def spread(self) -> float:
        """How widely z is spread, by its quartiles: 1 by chance, more where the skills explain less."""
        z = self.z[np.triu(self.met >= COMMON_ITEMS, 1)]
        return max(1.0, float(np.subtract(*np.quantile(z, [0.75, 0.25]))) / 1.349) if len(z) >= FEW_ITEMS else 1.0

    @cached_property
    def dependence(self) -> Floats:
        """(P, P) for pairs who err together the share of votes that one has from the other, 0 for all other pairs."""
        together = (self.met >= COMMON_ITEMS) & (self.z > STANDARD_ERRORS * self.spread)
        share = (self.agreement - self.met * self.expected) / np.maximum(self.met * (1 - self.expected), 1e-9)
        return np.where(together, share.clip(0.0, 1.0), 0.0)

    def together(self) -> list[tuple[int, int, float]]:
        """The pairs of annotators who make the same errors, and the share of votes that one has from the other."""
        rows, columns = np.nonzero(np.triu(self.dependence))
        shares = self.dependence[rows, columns]
        return [
            (int(self.people[first]), int(self.people[second]), float(share))
            for first, second, share in zip(rows, columns, shares, strict=True)
        ]

    @cached_property
    def second_dimension(self) -> float:
        """How strong a second dimension of agreement is beside the first, which is skill; 0 when it may be chance.

        The largest eigenvalue of z over that of the same table as the skills make it, no pair having more than
        `MOST_Z` in either, so that a few copiers are no dimension. Twice the eigenvalue that chance brings (Wigner's
        semicircle) is taken off first.
        """
        compared = self.met >= FEW_ITEMS
        if compared.sum() < LEAST_COMPARED:
            return 0.0
        z = np.where(compared, (self.z - np.median(self.z[compared])).clip(-MOST_Z, MOST_Z), 0.0)
        chance = 2 * np.sqrt(_largest(compared.astype(float)))
        skills = np.where(compared, np.outer(self.skill, self.skill) * np.sqrt(self.met), 0.0)
        return max(0.0, _largest(z) - 2 * chance) / max(_largest(np.minimum(skills, MOST_Z)), 1e-9)


def pairs(votes: Votes) -> Pairs:
    """How far the busiest people agree, and how far their skills explain it."""
    people, item, person, label = _of_the_busiest(votes)
    P, K = len(people), votes.n_labels
    met = _meetings(item, person, P)
    agreement = _meetings(item * K + label, person, P)
    np.fill_diagonal(met, 0.0)
    np.fill_diagonal(agreement, 0.0)
    counts = np.bincount(person * K + label, minlength=P * K).reshape(P, K)
    chance = _chance(counts.astype(np.float64))
    skill = _skill(met, agreement, chance)
    return Pairs(people, met, _explained(skill, chance), agreement, skill)


def voices(votes: Votes, dependent: Pairs) -> Floats | None:
    """(V,) what each vote counts when people who err together are one voice, or None when there are none.

    A vote counts 1 / (1 + the dependences on those who said the same of the item): as in a survey by clusters (Kish
    1965), c people who always agree count as one. Where they disagree each of them counts in full.
    """
    if not dependent.dependence.any():
        return None
    row = np.full(votes.n_annotators, -1)
    row[dependent.people] = np.arange(len(dependent.people))
    row[dependent.people[~dependent.dependence.any(axis=1)]] = -1
    own_votes = np.flatnonzero(row[votes.annotator] >= 0)
    person = row[votes.annotator[own_votes]]
    shape = (votes.n_items * votes.n_labels, len(dependent.people))
    cells = scipy.sparse.csr_array((np.ones(len(own_votes)), (votes.cell[own_votes], person)), shape=shape)
    same = (cells @ scipy.sparse.csr_array(dependent.dependence)).tocsr()
    counts = np.ones(len(votes))
    counts[own_votes] = 1 / (1 + np.asarray(same[votes.cell[own_votes], person]).ravel())
    return counts


def _of_the_busiest(votes: Votes) -> tuple[Ints, NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """The busiest people, and item, row among these people and label of each of their votes on the items looked at."""
    people = np.sort(np.argsort(-votes.per_annotator, kind="stable")[:MOST_PEOPLE])
    row = np.full(votes.n_annotators, -1)
    row[people] = np.arange(len(people))
    step = max(1, int(np.ceil(float((votes.per_item**2).sum()) / MOST_MEETINGS)))
    taken = np.flatnonzero((row[votes.annotator] >= 0) & (votes.item % step == 0))
    item, label = votes.item[taken].astype(np.intp), votes.label[taken].astype(np.intp)
    return people, item, row[votes.annotator[taken]].astype(np.intp), label


def _meetings(group: NDArray[np.intp], person: NDArray[np.intp], P: int) -> Floats:
    """(P, P) in how many groups each two people are both; however often somebody is in one."""
    groups, row = np.unique(group, return_inverse=True)
    there = scipy.sparse.csr_array((np.ones(len(row)), (row, person)), shape=(len(groups), P))
    there.sum_duplicates()
    there.data[:] = 1.0
    together: Floats = (there.T @ there).toarray()
    return together


def _chance(counts: Floats) -> Floats:
    """(P, P) how often two people would agree by their habits alone; habits, (P, K) counts, shrunk by half a vote."""
    common = counts.sum(axis=0) / max(float(counts.sum()), 1.0)
    habit = counts + 0.5 * common
    habit /= np.maximum(habit.sum(axis=1, keepdims=True), 1e-9)
    return habit @ habit.T


def _explained(skill: Floats, chance: Floats) -> Floats:
    """(P, P) the rate of agreement of two people of these skills who err independently."""
    return chance + np.outer(skill, skill) * (1 - chance)


def _skill(met: Floats, agreement: Floats, chance: Floats) -> Floats:
    """(P,) skills whose products fit the agreements, robustly, so that copiers do not explain themselves.

    Least squares again and again, from equal skills on; a pair counts less the further it is from what the skills
    explain (Huber 1964), and not at all when it is so far above as only pairs who err together are.
    """
    above, room = agreement - met * chance, met * (1 - chance)
    counts = np.minimum(1.0, ENOUGH / np.maximum(met, 1.0))
    often = met >= COMMON_ITEMS
    s = np.full(len(met), _usual_skill(above, room))
    for _ in range(ROUNDS):
        z = Pairs(np.arange(len(met)), met, _explained(s, chance), agreement, s).z
        huber = np.minimum(1.0, NEAR / np.maximum(np.abs(z), 1e-9))
        weight = counts * np.where(often & (z > FAR), 0.0, huber)
        before, s = s, _rank_one(above * weight, room * weight, s)
        if np.abs(s - before).max(initial=0.0) < TOLERANCE:
            break
    return s


def _usual_skill(above: Floats, room: Floats) -> float:
    met = room > 0
    return float(np.sqrt(np.median(above[met] / room[met]).clip(0.01, 0.95))) if met.any() else 0.6


def _rank_one(above: Floats, room: Floats, s: Floats) -> Floats:
    """(P,) s with s_a s_b room_ab near above_ab, by a few steps of least squares; half a vote draws towards 0.6."""
    for _ in range(STEPS):
        s = (0.5 * s + 0.5 * (above @ s + 0.3) / (room @ (s * s) + 0.5)).clip(-0.2, 0.99)
    return s


def _largest(symmetric: NDArray[np.float64]) -> float:
    return max(0.0, float(np.linalg.eigvalsh(symmetric)[-1]))
