"""From votes to truth: what a crowd's votes say about each item and about each person.

Every entry is a module with `aggregate(votes, *, …) -> Result`. The arrays' axes are always in this order and
named so: items (N), annotators (A), labels (K). `aggregate` here picks an entry by its key, or by the name that
peerannot's users know, as in `aggregate(votes, "plantnet[alpha=0.6]")`; `auto` is the default that can be trusted.
Between full runs, `update` refreshes one item's probability by one more vote.
"""

import inspect
from typing import Any

from numpy.typing import ArrayLike

from annotate_kit.registry import Registry

from . import _dependence
from ._names import name_and_options, resolve
from ._options import checked
from ._result import Result, expected_accuracy
from ._streaming import likelihood, revise, update
from ._votes import Votes

__all__ = [
    "Result",
    "Votes",
    "aggregate",
    "checked",
    "errors_together",
    "expected_accuracy",
    "likelihood",
    "name_and_options",
    "registry",
    "resolve",
    "revise",
    "update",
]

registry = Registry(__name__)


def errors_together(votes: Votes) -> list[tuple[int, int, float]]:
    """Pairs of annotators who make the same errors, and the share of votes that one has from the other.

    Pairs whose agreement is far above what their skills explain, on 20 common items or more (`auto` counts them as one
    voice). None where a second truth may be behind the votes: then people agree for another reason.
    """
    pairs = _dependence.pairs(votes)
    return pairs.together() if registry.load("auto").two_truths(pairs) < 1 else []


def aggregate(
    votes: Votes,
    method: str = "auto",
    *,
    seed: int | None = None,
    gold: ArrayLike | None = None,
    **parameters: Any,
) -> Result:
    """Aggregate votes by the method of that name, its options in brackets after it or as keywords.

    `seed` decides ties (and what is random in a method); `gold` is (N,) known labels, -1 where unknown.
    Raises KeyError for an unknown method, TypeError for an option that the method does not have, ValueError for a value
    that the option cannot have.
    """
    options = parameters if gold is None else {**parameters, "gold": gold}
    name, options = checked(method, **options)
    entry = registry.load(name).aggregate
    if seed is not None and "seed" in inspect.signature(entry).parameters:
        options["seed"] = seed
    result: Result = entry(votes, **options)
    result.seed = seed
    return result
