"""How far people agree, on what they do not, and who with whom."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accounts.models import User
from annotate import consensus
from annotate.consensus import vote_arrays
from annotate.consensus.vote_arrays import VoteArrays
from annotate.models import Annotation, Item
from annotate.statistics.cached import cached
from annotate_kit import agreement as coefficients
from annotate_kit.agreement import Agreement, cohen
from projects.models import Project

MOST_PEOPLE = 12
"""People in the matrix of pairs; those with most votes."""
COMPARABLE = 10
"""Items that two people must have in common before it is said what they quarrel about."""

PART_QUESTIONS = {
    "found": "Do they find the same? (α of what is marked at all)",
    "called": "Do they call it the same? (α of the labels of what several found)",
    "drawn": "Do they draw it the same? (σ of the extents of what several found)",
    "drawn_ks": "The same by the distributions of distances (KS)",
    "sigma": "Do whole answers agree? (σ)",
    "ks": "The same by the distributions of distances (KS)",
    "interval": "How near are the numbers? (α of an interval scale)",
}
"""What the coefficients of `annotate_kit.merging.agreement` say."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people and the items that both labelled. `agreement` is None where chance alone explains everything."""

    a: User
    b: User
    agreement: float | None
    overlap: int


@dataclass(frozen=True, slots=True)
class DisputedItem:
    """An item that people see differently. `answers` are who gave which value."""

    item: Item
    disagreement: float
    answers: list[tuple[Any, list[User]]]


@dataclass(frozen=True, slots=True)
class Report:
    """How far people agree.

    alpha       Krippendorff's over equal answers, with its bootstrap interval
    whole       how far whole answers agree: α, or σ where answers can lie nearer together or further apart
    symbol      which of the two: "α" or "σ"
    observed    the share of pairs of votes on the same item that are the same; None when there is no pair
    labels      (label, α of the yes-or-no question) where several labels fit
    questions   (question, coefficient) where an answer is the answers to several
    parts       (question, coefficient) where answers are made of parts at places
    people      those in `pairwise` and `overlap`, the ones with most votes
    pairwise    Cohen's κ of every two of them; σ where `whole` is σ
    mixed_up    (label, label, pairs of votes that say one and the other), most frequent first
    quarrels    (person, person, label, label, how often) of the pairs that agree least
    """

    alpha: Agreement
    whole: Agreement
    symbol: str
    observed: float | None
    labels: list[tuple[str, Agreement]]
    questions: list[tuple[str, Agreement]]
    parts: list[tuple[str, Agreement]]
    people: list[User]
    pairwise: NDArray[np.float64]
    overlap: NDArray[np.int64]
    mixed_up: list[tuple[str, str, int]]
    quarrels: list[tuple[User, User, str, str, int]]
    disputed: list[DisputedItem]
    everybody: int

    def everyone_named(self) -> Iterator[User]:
        """The people in all parts of it, some of them several times."""
        yield from self.people
        for a, b, *_ in self.quarrels:
            yield from (a, b)
        for row in self.disputed:
            for _, people in row.answers:
                yield from people

    @property
    def pair_symbol(self) -> str:
        """The coefficient of two people: κ beside α."""
        return "κ" if self.symbol == "α" else self.symbol

    @property
    def pairs(self) -> list[Pair]:
        """Every two people of the matrix who labelled the same items."""
        return [
            Pair(self.people[a], self.people[b], _number(self.pairwise[a, b]), int(self.overlap[a, b]))
            for a in range(len(self.people))
            for b in range(a + 1, len(self.people))
            if self.overlap[a, b]
        ]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def report(project: Project) -> Report:
    """Of all annotations there are; kept for a while where that takes long."""
    return cached(("agreement", project.pk), lambda: _report(project))


def _report(project: Project) -> Report:
    votes = vote_arrays.read(project)
    whole = votes.as_values
    most = np.argsort(-np.bincount(votes.person, minlength=len(votes.people)), kind="stable")[:MOST_PEOPLE]
    users = User.objects.in_bulk(votes.people.tolist())
    people = [users[int(votes.people[row])] for row in most]
    has_distance = bool(len(votes)) and hasattr(project.kind, "agreement")
    coefficients_by_name = project.kind.agreement(votes) if has_distance else {}
    alpha = coefficients.measure(whole)
    pairwise, overlap = project.kind.agreement_of_pairs(votes) if has_distance else cohen.matrix(whole)
    return Report(
        alpha=alpha,
        whole=coefficients_by_name.get("sigma", alpha),
        symbol="σ" if has_distance else "α",
        observed=_observed(votes),
        labels=[
            (question.name, coefficients.measure(question.votes, replicates=200))
            for question in (votes.questions if len(votes) and not votes.label_question else [])
            if question.item is None and question.name in project.label_names
        ],
        questions=_by_question(project, votes),
        parts=[
            (question, coefficients_by_name[name])
            for name, question in PART_QUESTIONS.items()
            if name in coefficients_by_name
        ],
        people=people,
        pairwise=pairwise[np.ix_(most, most)],
        overlap=overlap[np.ix_(most, most)],
        mixed_up=_mixed_up(project, votes),
        quarrels=_quarrels(votes, most, people, pairwise, overlap),
        disputed=_furthest_apart(project) if has_distance else _most_disputed(votes),
        everybody=len(votes.people),
    )


def _by_question(project: Project, votes: VoteArrays) -> list[tuple[str, Agreement]]:
    if not len(votes) or not hasattr(project.kind, "agreement_by_question"):
        return []
    rows: list[tuple[str, Agreement]] = project.kind.agreement_by_question(votes, project.spec)
    return rows


def _observed(votes: VoteArrays) -> float | None:
    """The share of pairs of votes on the same item that are the same."""
    n = votes.per_item
    pairs = float((n * (n - 1)).sum())
    if not pairs:
        return None
    _, counts = np.unique(votes.item.astype(np.int64) * len(votes.values) + votes.value, return_counts=True)
    return float((counts * (counts - 1)).sum()) / pairs


def _mixed_up(project: Project, votes: VoteArrays, most: int = 5) -> list[tuple[str, str, int]]:
    """Which labels stand against each other on the same items."""
    if not votes.label_question or not len(votes):
        return []
    tally = votes.label_question.votes.tally
    together = np.triu(tally.T @ tally, 1).astype(np.int64)
    order = np.argsort(-together, axis=None, kind="stable")[:most]
    names = project.label_names
    cells = [np.unravel_index(cell, together.shape) for cell in order]
    return [(names[a], names[b], int(together[a, b])) for a, b in cells if together[a, b]]


def _quarrels(
    votes: VoteArrays,
    most: NDArray[np.intp],
    people: list[User],
    pairwise: NDArray[np.float64],
    overlap: NDArray[np.int64],
    limit: int = 3,
) -> list[tuple[User, User, str, str, int]]:
    """On what the pairs that agree least differ; pairs with few items in common are left out."""
    if not votes.label_question:
        return []
    pairs = [
        (pairwise[most[a], most[b]], a, b)
        for a in range(len(most))
        for b in range(a + 1, len(most))
        if overlap[most[a], most[b]] >= COMPARABLE and not np.isnan(pairwise[most[a], most[b]])
    ]
    rows = []
    for _, a, b in sorted(pairs)[:limit]:
        x, y, times = _difference(votes, int(most[a]), int(most[b]))
        if times > 1:
            rows.append((people[a], people[b], str(votes.values[x]), str(votes.values[y]), times))
    return rows


def _difference(votes: VoteArrays, a: int, b: int) -> tuple[int, int, int]:
    """The two labels that a and b say most often of the same item, and how often."""
    of_a, of_b = np.full(len(votes.items), -1), np.full(len(votes.items), -1)
    of_a[votes.item[votes.person == a]] = votes.value[votes.person == a]
    of_b[votes.item[votes.person == b]] = votes.value[votes.person == b]
    differ = (of_a >= 0) & (of_b >= 0) & (of_a != of_b)
    if not differ.any():
        return 0, 0, 0
    low, high = np.minimum(of_a[differ], of_b[differ]), np.maximum(of_a[differ], of_b[differ])
    cells, counts = np.unique(low * len(votes.values) + high, return_counts=True)
    most = counts.argmax()
    return int(cells[most]) // len(votes.values), int(cells[most]) % len(votes.values), int(counts[most])


def _most_disputed(votes: VoteArrays, limit: int = 10) -> list[DisputedItem]:
    """The items whose votes differ most, with who votes what."""
    most = coefficients.most_disputed(votes.as_values, limit)
    return _with_answers(votes.items[most.item].tolist(), most.dispute.tolist())


def _furthest_apart(project: Project, limit: int = 10) -> list[DisputedItem]:
    """The items whose answers lie furthest apart, as the consensus measured it."""
    rows = consensus.fresh(project, wait=False).filter(dispute__gt=0).order_by("-dispute", "item")
    ranked = list(rows.values_list("item", "dispute")[:limit])
    return _with_answers([item for item, _ in ranked], [disagreement for _, disagreement in ranked])


def _with_answers(ids: list[int], disagreements: list[float]) -> list[DisputedItem]:
    items = Item.objects.in_bulk(ids)
    answers: dict[int, dict[str, tuple[Any, list[User]]]] = defaultdict(dict)
    for annotation in Annotation.objects.filter(item__in=ids).select_related("annotator").order_by("id"):
        by_value = answers[annotation.item_id].setdefault(repr(annotation.value), (annotation.value, []))
        by_value[1].append(annotation.annotator)
    return [
        DisputedItem(items[item], disagreement, sorted(answers[item].values(), key=lambda both: -len(both[1])))
        for item, disagreement in zip(ids, disagreements, strict=True)
        if item in items
    ]


def meaning(alpha: Agreement) -> str:
    """What such an α or σ means, in a plain sentence."""
    if np.isnan(alpha.value) and alpha.n_items:
        return "Too few items have several votes to tell how far people agree."
    if np.isnan(alpha.value):
        return "No item has two votes yet, so there is nothing to compare."
    if np.isnan(alpha.low):
        return "One item has two votes; more are needed to tell how far people agree."
    if alpha.high < 0.2:
        return "People agree hardly more than if they guessed. The guidelines or the labels need work first."
    if alpha.low >= 0.8:
        return "People agree well: one vote says nearly what another would."
    if alpha.value >= 0.8:
        return "People seem to agree well, but with so few items it may be less."
    if alpha.value >= 0.667:
        return "People mostly agree. Enough for careful conclusions; see what is mixed up."
    if alpha.value >= 0.4:
        return "People agree in part: several votes an item are needed, and clearer guidelines help."
    return "People often disagree: a single vote says little. Look at the disputed items and sharpen the guidelines."
