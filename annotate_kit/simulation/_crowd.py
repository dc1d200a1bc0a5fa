"""What is asked of a simulation, and what comes out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotate_kit.aggregation import Votes

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan:
    """Options of a simulation. ValueError says which one is wrong.

    ratio             share of the people who are spammers, students or good workers, depending on the strategy
    ratio_diff        easy items for every hard one (discrete_difficulty)
    random            share of items that nobody can know (discrete_difficulty)
    matrices          (A, K, K) confusion matrices to use, rows = true label; None draws them
    workload          most items that one person answers; None = all
    feedback          most votes that one item gets; None = everybody's
    imbalance_votes   each item gets a random number of votes, 1 to `feedback`
    """

    n_annotators: int = 1
    n_items: int = 20
    n_labels: int = 2
    ratio: float = 0.1
    ratio_diff: float = 1.0
    random: float = 0.0
    matrices: ArrayLike | None = None
    workload: int | None = None
    feedback: int | None = None
    imbalance_votes: bool = False

    def __post_init__(self) -> None:
        for size in ("n_annotators", "n_items", "n_labels", "workload", "feedback"):
            value = getattr(self, size)
            if value is not None and value < 1:
                raise ValueError(f"{size} is {value}; it must be a whole number from 1 on")
        for share in ("ratio", "random"):
            if not 0 <= getattr(self, share) <= 1:
                raise ValueError(f"{share} is {getattr(self, share)}; it must be between 0 and 1")
        if self.ratio_diff < 0:
            raise ValueError(f"ratio_diff is {self.ratio_diff}; it must be 0 or more easy items for every hard one")
        if self.workload is not None and self.workload * self.n_annotators < self.n_items:
            raise ValueError(
                f"{self.n_annotators} people with a workload of {self.workload} cannot give {self.n_items} items "
                f"a vote each; the workload must be at least {-(-self.n_items // self.n_annotators)}"
            )

    @property
    def share(self) -> int:
        """How many people `ratio` means, rounded down."""
        return int(self.ratio * self.n_annotators + 1e-9)

    def given_matrices(self, least: int) -> Floats | None:
        """The first `least` of the given confusion matrices, looked at; None when they are to be drawn."""
        if self.matrices is None:
            return None
        matrices = np.asarray(self.matrices, dtype=np.float64)
        K = self.n_labels
        if matrices.ndim != 3 or matrices.shape[1:] != (K, K) or len(matrices) < least:
            raise ValueError(f"matrices must be ({least}, {K}, {K}), one for each person; they are {matrices.shape}")
        probable = ((matrices >= 0).all(axis=2) & np.isclose(matrices.sum(axis=2), 1)).all(axis=1)
        if not probable.all():
            wrong = probable.argmin()
            raise ValueError(f"matrix {wrong} is not one of probabilities: each row must be from 0 on and sum to one")
        return matrices[:least]


@dataclass(frozen=True, eq=False)
class Crowd:
    """People and items made up.

    matrices       (A, K, K) probability of saying the last label when the middle one is true
    difficulties   (N,) "easy": everybody knows, "hard": people err as their matrix says, "random": everybody guesses
    following      (students, 2) each student and the teacher whose matrix it shares
    """

    matrices: Floats
    difficulties: NDArray[np.str_] | None = None
    following: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class Simulation:
    """Votes, the (N,) labels that are true, and the people behind them."""

    votes: Votes
    truth: NDArray[np.int64]
    crowd: Crowd


def drawn_matrices(n_people: int, n_labels: int, concentration: float, rng: np.random.Generator) -> Floats:
    """(people, K, K) rows drawn from a symmetric Dirichlet distribution, the largest entry of each on the diagonal.

    People say the true label more often than any other, as in peerannot; without that a crowd would answer by chance.
    """
    K = n_labels
    matrices = rng.dirichlet(np.full(K, concentration), size=(n_people, K))
    diagonal = np.broadcast_to(np.arange(K)[:, None], (n_people, K, 1))
    largest = matrices.argmax(axis=2, keepdims=True)
    top, own = np.take_along_axis(matrices, largest, axis=2), np.take_along_axis(matrices, diagonal, axis=2)
    np.put_along_axis(matrices, largest, own, axis=2)
    np.put_along_axis(matrices, diagonal, top, axis=2)
    return matrices
