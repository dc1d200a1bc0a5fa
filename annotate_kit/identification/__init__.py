"""Where to look twice: items that people dispute, people whose votes say little.

Every entry is a module with `score(votes, …) -> array`; `ABOUT`, what there is a number for: "items", "annotators" or
"crowd" (one number); and `SUSPECT`, which end of the numbers deserves the look: "low" or "high". The number is NaN
where there are no votes to tell.
"""

import inspect
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes
from annotate_kit.registry import Registry

__all__ = ["identify", "registry", "resolve", "suspects"]

registry = Registry(__name__)

ALIASES = {"krippendorffalpha": "krippendorff_alpha", "trace": "trace_confusion", "spamscore": "spam_score"}
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
    return np.asarray(score(votes, **options), dtype=np.float64)


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
