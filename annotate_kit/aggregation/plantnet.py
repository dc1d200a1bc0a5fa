"""Pl@ntNet (weighted by what people have identified).

A person's weight grows with the number of labels (species) that they got right, on their own items or by votes on
those of others. An item is valid when its label has weight and agreement enough; only own valid items count in full.

T. Lefort, A. Affouard, B. Charlier, J.-C. Lombardo, M. Chouet, H. Goëau, J. Salmon, P. Bonnet, A. Joly (2024),
Cooperative learning of Pl@ntNet's artificial intelligence algorithm. Methods in Ecology and Evolution.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotate_kit import progress
from annotate_kit.aggregation._result import Result, expected_accuracy, normalised
from annotate_kit.aggregation._votes import Floats, Votes
from annotate_kit.aggregation._weighted import agreement_with

PARTS_OF_AI = ("ignored", "worker", "fixed", "invalidating", "confident")


def aggregate(
    votes: Votes,
    *,
    AI: str = "ignored",
    ai_annotator: int | None = None,
    parrots: str = "ignored",
    alpha: float = 0.5,
    beta: float = 0.2,
    theta_conf: float = 2.0,
    theta_acc: float = 0.7,
    taxa_obs_weight: float = 1.0,
    taxa_votes_weight: float = 0.1,
    AIweight: float = 1.0,
    authors: ArrayLike | None = None,
    scores: ArrayLike | None = None,
    threshold_scores: float | None = None,
    output_unvalidated: bool = False,
    max_iterations: int = 100,
    tolerance: float = 1e-5,
) -> Result:
    """Weigh by n^alpha − n^beta + log 2.1, n the labels identified; abstain where an item is not valid.

    alpha, beta             with n = taxa_obs_weight × labels of own valid items + round(taxa_votes_weight × others)
    theta_conf, theta_acc   an item is valid above both: the weight behind its label, and its share of all weight
    authors                 (N,) the annotator whose item it is, -1 for nobody
    ai_annotator            the annotator that is a machine. AI says what becomes of its votes: they are "ignored", are
                            those of one more "worker", have the "fixed" weight AIweight, may only take validity away
                            ("invalidating"), or have that weight where scores, (N,), reach threshold_scores
                            ("confident")
    parrots                 "ignored", the only way there is
    output_unvalidated      name a label for items that are not valid, too
    """
    machine = Machine.at(votes, AI, ai_annotator, AIweight, scores, threshold_scores)
    if parrots != "ignored":
        raise ValueError(f"parrots is {parrots!r}; 'ignored' is the only way there is")
    people = machine.without(votes)
    identified = Identified(people, _authors(votes, authors), taxa_obs_weight, taxa_votes_weight)
    weights = np.full(votes.n_annotators, np.log(2.1))
    n = np.full(votes.n_annotators, -1.0)
    taken, converged = 0, False
    while taken < max_iterations and not converged:
        progress.tell("iteration", taken, max_iterations)
        tally = people.weighted_tally(weights) + machine.tally(votes)
        label = tally.argmax(axis=1)
        valid = _valid(tally, label, machine, theta_conf, theta_acc)
        before, n = n, identified.count(label, valid)
        weights = n**alpha - n**beta + np.log(2.1)
        taken += 1
        converged = float(np.abs(n - before).sum()) <= tolerance * max(1, votes.n_items)
    T = normalised(tally)
    won = np.eye(votes.n_labels)[label]
    skill = agreement_with(people, won, missing=float(expected_accuracy(people, won).mean()) if len(n) else 0.0)
    abstained = np.zeros(votes.n_items, dtype=bool) if output_unvalidated else ~valid
    return Result(T, skill, iterations=taken, converged=converged, abstained=abstained)


@dataclass(frozen=True)
class Machine:
    """The votes of a machine, and what they are good for."""

    part: str
    annotator: int | None
    weight: float
    predicted: NDArray[np.int64]  # (N,) -1 where it says nothing that counts

    @classmethod
    def at(
        cls,
        votes: Votes,
        part: str,
        annotator: int | None,
        weight: float,
        scores: ArrayLike | None,
        threshold: float | None,
    ) -> "Machine":
        if part not in PARTS_OF_AI:
            raise ValueError(f"AI is {part!r}; it may be {', '.join(PARTS_OF_AI)}")
        predicted = np.full(votes.n_items, -1)
        if annotator is not None and part not in ("ignored", "worker"):
            its = votes.annotator == annotator
            predicted[votes.item[its]] = votes.label[its]
        if part == "confident":
            if scores is None or threshold is None:
                raise ValueError("AI=confident needs scores, one an item, and threshold_scores")
            sure = np.asarray(scores, dtype=np.float64)
            if sure.shape != (votes.n_items,):
                raise ValueError(f"scores must be {votes.n_items} numbers, one an item")
            predicted[sure < threshold] = -1
        return cls(part, annotator, weight, predicted)

    def without(self, votes: Votes) -> Votes:
        """The votes of people; the machine is among them when it is one more worker."""
        if self.annotator is None or self.part == "worker":
            return votes
        return votes.where(votes.annotator != self.annotator)

    def tally(self, votes: Votes) -> Floats:
        """(N, K) what the machine adds to the weighted votes."""
        added = np.zeros((votes.n_items, votes.n_labels))
        if self.part in ("fixed", "confident"):
            rows = np.flatnonzero(self.predicted >= 0)
            added[rows, self.predicted[rows]] = self.weight
        return added

    def against(self, label: NDArray[np.intp]) -> Floats:
        """(N,) weight with which it may only take validity away."""
        if self.part != "invalidating":
            return np.zeros(len(label))
        return self.weight * ((self.predicted >= 0) & (self.predicted != label))


class Identified:
    """How many labels each person has got right: those of their own valid items, and others that they voted for."""

    def __init__(self, votes: Votes, authors: NDArray[np.int64], own_weight: float, vote_weight: float) -> None:
        self.votes, self.own_weight, self.vote_weight = votes, own_weight, vote_weight
        self.own = authors[votes.item] == votes.annotator
        answer = votes.annotator.astype(np.int64) * votes.n_labels + votes.label
        self.answers, self.answer = np.unique(answer, return_inverse=True)

    def count(self, label: NDArray[np.intp], valid: NDArray[np.bool_]) -> Floats:
        """(A,) labels identified, given every item's label and validity."""
        right = self.votes.label == label[self.votes.item]
        observed = self._distinct(right & self.own & valid[self.votes.item])
        voted = self._distinct(right) & ~observed
        return self.own_weight * self._per_person(observed) + np.round(self.vote_weight * self._per_person(voted))

    def _distinct(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        distinct = np.zeros(len(self.answers), dtype=bool)
        distinct[self.answer[chosen]] = True
        return distinct

    def _per_person(self, distinct: NDArray[np.bool_]) -> Floats:
        people = self.answers[distinct] // self.votes.n_labels
        return np.bincount(people, minlength=self.votes.n_annotators).astype(np.float64)


def _valid(
    tally: Floats, label: NDArray[np.intp], machine: Machine, theta_conf: float, theta_acc: float
) -> NDArray[np.bool_]:
    confidence = tally[np.arange(len(tally)), label]
    total = tally.sum(axis=1) + machine.against(label)
    accuracy = np.divide(confidence, total, out=np.zeros(len(total)), where=total > 0)
    return (confidence > theta_conf) & (accuracy > theta_acc)


def _authors(votes: Votes, authors: ArrayLike | None) -> NDArray[np.int64]:
    if authors is None:
        return np.full(votes.n_items, -1)
    known = np.asarray(authors)
    if known.shape != (votes.n_items,) or known.dtype.kind not in "iu":
        raise ValueError(f"authors must be {votes.n_items} whole numbers, one an item, -1 for nobody")
    return known.astype(np.int64)
