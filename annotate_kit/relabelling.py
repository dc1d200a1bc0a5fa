"""Which answered items deserve one more vote, and what votes and a model believe together.

Sheng, Provost & Ipeirotis 2008, "Get another label? Improving data quality and data mining using multiple, noisy
labelers"; the model as one more voter after Goh, Tkachenko & Mueller 2022, "CROWDLAB".
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TEMPERATURES: Sequence[float] = (0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 10.0, np.inf)  # the last one: not heard at all
_LEAST = 1e-6


def combined(
    posterior: NDArray[np.floating], model: NDArray[np.floating], prior: NDArray[np.floating], temperature: float
) -> NDArray[np.float64]:
    """(n, K): what votes and model believe together: posterior / prior × the model's probability, tempered.

    `posterior` (n, K) is what follows from the votes and holds the prior (K,) already, as does the model's; so it
    counts once. The model must not have learned from the item itself. Rows of NaN in `model` change nothing.
    """
    logs = np.log(np.clip(posterior, _LEAST, 1))
    if np.isfinite(temperature):
        from_model = (np.log(np.clip(model, _LEAST, 1)) - np.log(np.clip(prior, _LEAST, 1))) / temperature
        logs = logs + np.where(np.isnan(model).any(axis=1, keepdims=True), 0, from_model)
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def best_temperature(
    posterior: NDArray[np.floating],
    model: NDArray[np.floating],
    prior: NDArray[np.floating],
    truth: NDArray[np.integer],
) -> float:
    """That under which votes and model together are the least surprised by the truth (n,) of some items."""

    def surprise(temperature: float) -> float:
        proba = combined(posterior, model, prior, temperature)
        return float(-np.log(np.clip(proba[np.arange(len(truth)), truth], 1e-3, 1)).mean())

    return min(reversed(TEMPERATURES), key=surprise)


def information(probabilities: NDArray[np.floating], tables: NDArray[np.floating]) -> NDArray[np.float64]:
    """(n, A): how much the next answer of each person would say about each item: mutual information, in nats.

    probabilities  (n, K) what is believed of each item
    tables         (A, K, K) how probable it is that a person says a label (last), under each true one
    After Welinder & Perona 2010, "Online crowdsourcing: rating annotators and obtaining cost-effective labels".
    """
    noise = -np.einsum("akv,akv->ka", tables, np.log(np.clip(tables, _LEAST, 1)))
    says = [-_p_log_p(probabilities @ table) for table in tables]
    return np.array(says).reshape(len(tables), len(probabilities)).T - probabilities @ noise


def _p_log_p(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    sums: NDArray[np.float64] = (probabilities * np.log(np.clip(probabilities, _LEAST, 1))).sum(axis=1)
    return sums


def by_budget(
    confidence: NDArray[np.floating], wanted: NDArray[np.integer], most: int, budget: float
) -> NDArray[np.intp]:
    """The places of the items to give one more vote, least certain first, as far as `budget` votes an item reach.

    confidence  (n,) of all answered items
    wanted      (n,) votes that each has or was promised; never more than `most`
    """
    remaining = int(budget * len(wanted) + 1e-9) - int(wanted.sum())
    order = np.argsort(confidence, kind="stable")
    return order[wanted[order] < most][: max(0, remaining)]


def by_target(
    confidence: NDArray[np.floating], wanted: NDArray[np.integer], most: int, target: float
) -> NDArray[np.intp]:
    """The places of the items of less confidence than the target, least certain first."""
    order = np.argsort(confidence, kind="stable")
    return order[(wanted[order] < most) & (confidence[order] < target)]
