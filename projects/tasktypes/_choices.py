"""What single and multiple choice have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from projects import itemtypes

from ._contract import Floats, Spec

ITEM_TYPES = frozenset(itemtypes.registry.names)


@dataclass(frozen=True)
class Options:
    """Choices have no settings of their own."""


def unknown_label(name: Any, spec: Spec) -> ValueError:
    return ValueError(f"{name!r} is no label of this project; it has {', '.join(spec.labels)}")


def shares(by_label: Any, spec: Spec) -> list[float]:
    """The probabilities of {label: probability} in the labels' order."""
    if not isinstance(by_label, dict):
        raise ValueError('proba must be an object such as {"yes": 0.9, "no": 0.1}')
    for name in by_label:
        if name not in spec.labels:
            raise unknown_label(name, spec)
    proba = [by_label.get(name, 0.0) for name in spec.labels]
    if not (set(map(type, proba)) <= {int, float} and min(proba, default=0) >= 0 and max(proba, default=0) <= 1):
        raise ValueError("probabilities are numbers from 0 to 1")
    return proba


def named_probabilities(probabilities: Floats, spec: Spec) -> list[Mapping[str, float]]:
    """(N, K) probabilities as {label: probability}, an item each."""
    return [dict(zip(spec.labels, row, strict=True)) for row in np.round(probabilities, 6).tolist()]


def chosen_in(values: Sequence[Sequence[str]], spec: Spec) -> NDArray[np.bool_]:
    """(C, K) which labels each of the values names."""
    place = {name: number for number, name in enumerate(spec.labels)}
    is_chosen = np.zeros((len(values), len(spec.labels)), dtype=bool)
    for row, names in enumerate(values):
        is_chosen[row, [place[name] for name in names]] = True
    return is_chosen
