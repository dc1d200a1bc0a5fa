"""Hammers and spammers.

Hammers are always right, spammers answer at random. D. Karger, S. Oh, D. Shah (2011), Iterative learning for reliable
crowdsourcing systems.
"""

import numpy as np

from ._crowd import Crowd, Plan


def crowd(plan: Plan, rng: np.random.Generator) -> Crowd:
    """`ratio` of the people, the last ones, are spammers."""
    K = plan.n_labels
    spammers = plan.share
    hammers = np.broadcast_to(np.eye(K), (plan.n_annotators - spammers, K, K))
    return Crowd(np.concatenate([hammers, np.full((spammers, K, K), 1 / K)]))
