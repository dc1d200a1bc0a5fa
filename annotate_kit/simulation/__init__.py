"""Crowds made up: people whose mistakes are known, and their votes.

Every entry is a module with `crowd(plan, rng) -> Crowd`: who the people are and, in one of them, how hard the items.
`simulate` draws the truth, hands the items out and lets the people vote; the strategies and options are peerannot's.
"""

from typing import Any

import numpy as np

from annotate_kit.registry import Registry

from ._crowd import Crowd, Plan, Simulation
from ._handing_out import hand_out
from ._voting import vote

__all__ = ["Crowd", "Plan", "Simulation", "registry", "resolve", "simulate"]

registry = Registry(__name__)


def simulate(strategy: str = "hammer_spammer", *, seed: int = 0, **options: Any) -> Simulation:
    """Votes of a made-up crowd; `options` are the fields of `Plan`. The same seed gives the same crowd.

    KeyError for an unknown strategy; ValueError for options that cannot be met, such as too little workload to give
    every item a vote.
    """
    entry = registry.load(resolve(strategy))
    plan = Plan(**options)
    rng = np.random.default_rng(seed)
    truth = rng.integers(plan.n_labels, size=plan.n_items)
    crowd = entry.crowd(plan, rng)
    return Simulation(vote(*hand_out(plan, rng), truth, crowd, plan, rng), truth, crowd)


def resolve(spelled: str) -> str:
    """The key of a strategy that may be spelled as peerannot does: `"Hammer-Spammer"` is `hammer_spammer`."""
    name = spelled.strip().lower().replace("-", "_")
    registry.title(name)
    return name
