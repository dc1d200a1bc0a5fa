"""Where to look twice: items that people disagreement, people whose votes say little.

Every entry is a module with `score(votes, …) -> array`; `ABOUT`, what there is a number for: "items", "annotators" or
"crowd" (one number); and `SUSPECT`, which end of the numbers deserves the look: "low" or "high". The number is NaN
where there are no votes to tell. Entries that train a classifier also need `X`, the items' features (N, F).
"""

import inspect
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes
from annotate_kit.registry import Registry

__all__ = ["identify", "registry", "resolve", "suspects", "votes_only"]

registry = Registry(__name__)

ALIASES = {
    "krippendorffalpha": "krippendorff_alpha",
    "trace": "trace_confusion",
    "spamscore": "spam_score",
    "waumperworker": "waum_perworker",
}
"""peerannot's and other spellings, in lower case."""


def identify(votes: Votes, method: str, **options: Any) -> NDArray[np.float64]:
    """(N,) a number an item, (A,) one an annotator or () one for the crowd, as the entry's `ABOUT` says.

    KeyError for an unknown method, TypeError for an option that it does not have.
    """
    name = resolve(method)
    score = registry.load(name).score
    known = list(inspect.signature(score).parameters)[1:]
    for option in options:
        if option not in known:
            raise TypeError(f"{name} has no option {option!r}; it has {', '.join(known) or 'none'}")
    missing = [option for option in _needed(name) if option not in options]
    if missing:
        raise TypeError(f"{name} needs {' and '.join(missing)} besides the votes")
    return np.asarray(score(votes, **options), dtype=np.float64)


def votes_only() -> list[str]:
    """The entries that need nothing but votes."""
    return [name for name in registry.names if not _needed(name)]


def suspects(method: str, scores: NDArray[np.float64], limit: int = 20) -> NDArray[np.int64]:
    """The up to `limit` items or annotators that deserve a look most, the most suspect first; none that are NaN."""
    scores = np.atleast_1d(scores)
    sign = 1 if registry.load(resolve(method)).SUSPECT == "low" else -1
    order = np.argsort(sign * scores, kind="stable")
    return order[~np.isnan(scores[order])][:limit]


def resolve(spelled: str) -> str:
    """The key of a method that may be spelled as peerannot does: `krippendorffAlpha` is `krippendorff_alpha`."""
    name = spelled.strip().lower().replace("-", "_")
    name = ALIASES.get(name, name)
    registry.title(name)
    return name


def _needed(name: str) -> list[str]:
    """What an entry must be given besides the votes."""
    parameters = list(inspect.signature(registry.load(name).score).parameters.values())[1:]
    return [parameter.name for parameter in parameters if parameter.default is parameter.empty]
