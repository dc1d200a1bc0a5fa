"""How far people agree beyond chance, with an interval.

Every entry is a module with `tally(votes, …) -> Tally`: what its coefficient needs, added up over the items. Since the
coefficient is a function of sums, the bootstrap over items is a matrix product, and `measure` does it for all of them.
"""

from typing import Any

from annotate_kit.aggregation import Votes
from annotate_kit.registry import Registry

from ._bootstrap import Agreement, Tally, bootstrap
from ._disputed import Disputed, most_disputed
from ._distances import Distances, sigma_and_ks
from ._units import last_votes

__all__ = [
    "Agreement",
    "Disputed",
    "Distances",
    "Tally",
    "last_votes",
    "measure",
    "most_disputed",
    "registry",
    "sigma_and_ks",
]

registry = Registry(__name__)


def measure(
    votes: Votes,
    coefficient: str = "krippendorff",
    *,
    replicates: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    **options: Any,
) -> Agreement:
    """The coefficient of that name and its bootstrap interval: items drawn with replacement, `replicates` times.

    A person who voted several times on an item counts with the last vote. `options` are the entry's own (`metric` of
    krippendorff, `pair` and `weights` of cohen). The value is NaN, not an error, where nothing can be compared.
    KeyError for an unknown coefficient, ValueError for a wrong option.

    Percentile interval after B. Efron (1979), Bootstrap methods: another look at the jackknife.
    """
    tally = registry.load(coefficient).tally(votes, **options)
    return bootstrap(tally, replicates=replicates, confidence=confidence, seed=seed)
