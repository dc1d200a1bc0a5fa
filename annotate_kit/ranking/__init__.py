"""From comparisons to an order: which of two items is better, asked many times.

Every entry is a module with `rank(comparisons, *, …) -> Ranking`. A comparison is a vote for one of two items.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from annotate_kit.registry import Registry

registry = Registry(__name__)


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Who preferred what: `annotator[c]` was shown `left[c]` and `right[c]`, and chose the left one or did not.

    Whole numbers counted from 0, and `left_won` true or false; all of one length. ValueError says what is wrong.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    annotator: NDArray[np.int64]
    left_won: NDArray[np.bool_]
    n_items: int
    n_annotators: int

    def __post_init__(self) -> None:
        sizes = {"left": self.n_items, "right": self.n_items, "annotator": self.n_annotators}
        for name, size in sizes.items():
            codes = np.asarray(getattr(self, name))
            if codes.size and (codes.dtype.kind not in "iu" or codes.min() < 0 or codes.max() >= size):
                raise ValueError(f"{name} must hold whole numbers from 0 to {size - 1}")
            object.__setattr__(self, name, codes.astype(np.int64))
        object.__setattr__(self, "left_won", np.asarray(self.left_won, dtype=bool))
        lengths = {len(self.left), len(self.right), len(self.annotator), len(self.left_won)}
        if len(lengths) > 1:
            raise ValueError(f"left, right, annotator and left_won must be of one length; they have {sorted(lengths)}")
        if (self.left == self.right).any():
            raise ValueError(f"comparison {int(np.argmax(self.left == self.right))} is of an item with itself")

    def __len__(self) -> int:
        return len(self.left)


@dataclass
class Ranking:
    """What comparisons say of N items and A annotators.

    score    (N,) logarithm of strength, mean 0: item i is preferred to j with probability σ(score i − score j)
    skill    (A,) 0 to 1: how often this person compares, and does not answer by habit
    bias     (A,) or None: how often the left one is chosen when answering by habit
    """

    score: NDArray[np.float64]
    skill: NDArray[np.float64]
    bias: NDArray[np.float64] | None = None
    log_likelihood: list[float] = field(default_factory=list)
    iterations: int = 0
    converged: bool = True

    def order(self) -> NDArray[np.int64]:
        """(N,) items, best first; equals in the order of their numbers."""
        return np.argsort(-np.round(self.score, 9), kind="stable")
