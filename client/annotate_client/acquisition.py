"""Which items to ask about next. Scores: higher is sooner. `proba` is (n, K), rows sum to one."""

from collections.abc import Callable

import numpy as np

Acquisition = Callable[[np.ndarray], np.ndarray]


def margin(proba: np.ndarray) -> np.ndarray:
    """Small difference between the two likeliest labels (Scheffer et al. 2001)."""
    if proba.shape[1] < 2:
        return np.zeros(len(proba))
    ordered = np.sort(proba, axis=1)
    return ordered[:, -2] - ordered[:, -1]


def least_confidence(proba: np.ndarray) -> np.ndarray:
    """Small probability of the likeliest label (Lewis & Gale 1994)."""
    return -proba.max(axis=1)


def entropy(proba: np.ndarray) -> np.ndarray:
    """Entropy of the labels, in nats (Shannon 1948)."""
    return -(proba * np.log(np.clip(proba, 1e-12, 1.0))).sum(axis=1)


# superintendent calls least confidence "certainty"; its users find it under that name.
KNOWN: dict[str, Acquisition] = {
    "margin": margin,
    "least_confidence": least_confidence,
    "certainty": least_confidence,
    "entropy": entropy,
}


def named(acquisition: str | Acquisition) -> Acquisition:
    """The function of that name, or the function itself. KeyError names the known ones."""
    if callable(acquisition):
        return acquisition
    if acquisition not in KNOWN:
        raise KeyError(f"there is no acquisition function {acquisition!r}; there are {', '.join(KNOWN)}")
    return KNOWN[acquisition]


def explored(scores: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """The scores with this share of them dealt out anew among themselves, so that some items are asked at random."""
    chosen = np.flatnonzero(rng.random(len(scores)) < share)
    mixed = scores.astype(float, copy=True)
    mixed[chosen] = scores[rng.permutation(chosen)]
    return mixed
