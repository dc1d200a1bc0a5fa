"""Merging: from several people's values of an item to one.

Every entry is a module that knows one kind of value:
    Options                      a dataclass of its settings, with defaults
    clean(value, content)        the value made canonical: sorted, rounded; ValueError says what would be right
    plan(answers, options)       a `Plan`: questions that any crowd method can answer, and how what it says is composed
    distance(a, b, content)      0 = the same to 1 = nothing in common; None counts as a value without parts
    score(values, gold, contents)  figures of values against known ones, by name; the first is the one to compare

`merge` does it all: it plans, aggregates each question by a method of `annotate_kit.aggregation`, and composes.
"""

from dataclasses import fields
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.aggregation import aggregate, resolve
from annotate_kit.agreement import Agreement
from annotate_kit.registry import Registry

from ._agreement import agreement_of, sigma_of_pairs
from ._contract import Answers, Content, Merged, Plan, Question, WrongAnswer
from ._objects import matching

__all__ = [
    "Answers",
    "Content",
    "Merged",
    "Plan",
    "Question",
    "WrongAnswer",
    "agreement",
    "agreement_of",
    "agreement_of_pairs",
    "believed",
    "disagreement",
    "matching",
    "merge",
    "options",
    "registry",
    "sigma_of_pairs",
]

registry = Registry(__name__)

MOST_PAIRS = 45
"""Pairs of an item's answers that its disagreement looks at: all of ten people's, some of more."""


def merge(
    kind: str, answers: Answers, method: str = "auto", *, seed: int | None = None, **settings: Any
) -> list[Merged]:
    """One `Merged` an item. `settings` are the entry's options. KeyError and TypeError name what there is."""
    entry = registry.load(kind)
    plan: Plan = entry.plan(answers, options(kind, **settings))
    probabilities = [believed(question, method, seed) for question in plan.questions if question.aggregated]
    return [
        Merged(composed.value, composed.parts, composed.confidence, disagreement(entry, answers, of_item))
        for composed, of_item in zip(plan.compose(probabilities), answers.by_item(), strict=True)
    ]


def believed(question: Question, method: str = "auto", seed: int | None = None) -> NDArray[np.float64]:
    """(U, K) what the method makes of the question's votes."""
    name, _ = resolve(method)
    knows = {"independent": False} if name == "auto" and not question.independent else {}
    return aggregate(question.votes, method, seed=seed, **knows).beliefs


def agreement(
    kind: str, answers: Answers, *, replicates: int = 1000, confidence: float = 0.95, seed: int = 0
) -> dict[str, Agreement]:
    """How far people agree, with bootstrap intervals over items.

    sigma, ks            of whole answers: 1 where people always agree, 0 where it does not matter which item it is
    found                Krippendorff's α: is an object that one drew drawn by the others too?
    called               α: do those who drew an object give it the same label?
    drawn, drawn_ks      σ and KS: do two people's shapes of one object lie closer than shapes of different items?

    The last four are for spans and shapes alone. Objects that nobody drew are unknown, so `found` is at its lowest.
    """
    entry = registry.load(kind)
    return agreement_of(entry, answers, replicates=replicates, confidence=confidence, seed=seed)


def agreement_of_pairs(
    kind: str, answers: Answers, *, least: int = 2, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Who agrees with whom: σ of every two people, (A, A), and the number of items that both answered, (A, A).

    σ = 1 − their mean distance on these items ÷ the mean distance of answers to different items, whoever gave them; NaN
    where two people share fewer than `least` items.
    """
    return sigma_of_pairs(registry.load(kind), answers, least=least, seed=seed)


def options(kind: str, **settings: Any) -> Any:
    """The entry's `Options` with some settings; TypeError names those that it has."""
    wanted = registry.load(kind).Options
    known = [field.name for field in fields(wanted)]
    for name in settings:
        if name not in known:
            raise TypeError(f"{kind} has no option {name!r}; it has {', '.join(known) or 'none'}")
    return wanted(**settings)


def disagreement(entry: Any, answers: Answers, of_item: Any) -> float:
    """Mean distance of two of the answers with these numbers, which are an item's; 0 of a single one."""
    pairs = list(combinations(of_item.tolist(), 2))
    if not pairs:
        return 0.0
    if len(pairs) > MOST_PAIRS:
        drawn = np.random.default_rng(0).choice(len(pairs), MOST_PAIRS, replace=False)
        pairs = [pairs[place] for place in drawn]
    content = answers.contents[answers.item[of_item[0]]]
    return float(np.mean([entry.distance(answers.values[a], answers.values[b], content) for a, b in pairs]))
