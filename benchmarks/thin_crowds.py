"""`auto` on thin crowds: small parts of fifteen real crowds, where it gains and where it loses, as three tables.

    .venv/bin/python benchmarks/thin_crowds.py [--data ../shared/data] [--draws 60]

Of each set of `truth_from_votes.py` 100, 200 and 300 items of known truth (or as many as there are) are drawn, and two
or three votes of each. A case is a set, a number of items and a number of votes; its mean over the draws, with the
standard error, tells the method from the luck of a draw. The first table tells by set how far `auto` is above the
majority, tied labels sharing the credit, how much of that comes from items whose votes tie, and what becomes of the
majorities that it overturns: how many there are, and the share of them in which the truth is the label that `auto`
names, of those in which it is one of the two. The second has `auto` on tied items alone and on the others alone, the
majority with its ties broken by lot, which is luck and nothing else, and other methods. The third counts the votes as
one, two or four readings more.
"""

import argparse
import itertools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder

# ruff: noqa: E402
import numpy as np

from annotate_kit.aggregation import Result, Votes, aggregate, auto
from benchmarks.truth_from_votes import NEWER, SETS, calibration_error, credit, log_loss, place_within, read

ITEMS, MOST_VOTES = (100, 200, 300), (2, 3)
COUNTED = (0, 1, 2, 4)
READINGS = 1 + len(auto.READINGS)


@dataclass(frozen=True)
class Thin:
    """A thin crowd, its truth, what `auto` says of it, and the seed that breaks the ties of the majority."""

    name: str
    size: str
    votes: Votes
    truth: np.ndarray
    result: Result
    seed: int

    @cached_property
    def majority(self) -> Result:
        return aggregate(self.votes, "majority_vote")

    def gain(self, result: Result) -> float:
        return credit(result, self.truth) - credit(self.majority, self.truth)

    @property
    def tied(self) -> np.ndarray:
        most = self.votes.tally.max(axis=1, keepdims=True)
        return np.asarray((self.votes.tally == most).sum(axis=1) > 1)

    def auto_on(self, items: np.ndarray) -> Result:
        """`auto` on these items, the majority on the others."""
        return Result(np.where(items[:, None], self.result.beliefs, self.majority.beliefs), self.result.skill)

    def by_lot(self) -> Result:
        """The majority, its ties broken at random."""
        return Result(np.eye(self.votes.n_labels)[self.majority.labels(self.seed)], self.majority.skill)

    def by(self, method: str) -> Result:
        return aggregate(self.votes, method)

    @property
    def overturned(self) -> np.ndarray:
        """(right, wrong, neither) of the untied majorities that are overturned."""
        labels, majority = self.result.labels(), self.votes.tally.argmax(axis=1)
        turned = ~self.tied & (labels != majority)
        right, wrong = (int((turned & (self.truth == answer)).sum()) for answer in (labels, majority))
        return np.array([right, wrong, int(turned.sum()) - right - wrong])

    def counting(self, weight: float) -> Result:
        """The mean with the count of the votes as so many readings more."""
        mean = (READINGS * self.result.beliefs + weight * auto.hedged(self.votes.tally)) / (READINGS + weight)
        return Result(mean, self.result.skill)


COMPARED: dict[str, Callable[[Thin], Result]] = {
    "`auto`": lambda crowd: crowd.result,
    "`auto` where votes tie, majority elsewhere": lambda crowd: crowd.auto_on(crowd.tied),
    "majority where votes tie, `auto` elsewhere": lambda crowd: crowd.auto_on(~crowd.tied),
    "majority, ties broken by lot": Thin.by_lot,
    **{f"`{method}`": partial(Thin.by, method=method) for method in ("iwmv", "wawa", "mace", "glad", "dawid_skene")},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ANNOTATE_DATA", ROOT / "../shared/data"))
    parser.add_argument("--draws", type=int, default=6)
    options = parser.parse_args()
    everything = set_table(options.data, options.draws)
    compared_table(everything, options.draws)
    counted_table(everything)


def set_table(data: Path, draws: int) -> list[Thin]:
    """Prints what `auto` does on each set, and answers all crowds, those of a case after each other."""
    print("| | mean | worst case | worst draw | from ties | overturned | of these right |")
    print("|---|---|---|---|---|---|---|")
    everything = []
    for name in [*SETS, *NEWER]:
        crowds = thinned(name, read(data / name), draws)
        print(f"| {name} | {cells(crowds, draws)} |", flush=True)
        everything += crowds
    print(f"| all | {cells(everything, draws)} |")
    return everything


def thinned(name: str, crowd: tuple[Votes, np.ndarray], draws: int) -> list[Thin]:
    """Every number of items and of votes, so many draws each."""
    plans = itertools.product(ITEMS, MOST_VOTES, range(draws))
    return [thin(name, *crowd, items, most, np.random.default_rng([items, most, seed])) for items, most, seed in plans]


def thin(name: str, votes: Votes, truth: np.ndarray, items: int, most: int, rng: np.random.Generator) -> Thin:
    rows = rng.permutation(np.flatnonzero((truth >= 0) & (votes.per_item > 0)))[:items]
    part = votes.of_items(rows)
    part = part.where(place_within(part.item, rng) < most)
    people, annotator = np.unique(part.annotator, return_inverse=True)
    few = Votes(part.item, annotator, part.label, part.n_items, len(people), part.n_labels)
    return Thin(name, f"{items} × {most}", few, truth[rows], aggregate(few), seed=int(rng.integers(2**31)))


def cells(crowds: list[Thin], draws: int) -> str:
    gains = np.array([crowd.gain(crowd.result) for crowd in crowds])
    ties = np.mean([crowd.gain(crowd.auto_on(crowd.tied)) for crowd in crowds])
    right, wrong, neither = np.sum([crowd.overturned for crowd in crowds], axis=0)
    share = f"{right / (right + wrong):.2f}" if right + wrong else "–"
    worst, case = worst_case(crowds, gains, draws)
    figures = f"{gains.mean():+.4f} | {worst} ({case.size}) | {gains.min():+.3f} | {ties:+.4f}"
    return f"{figures} | {right + wrong + neither} | {share}"


def worst_case(crowds: list[Thin], gains: np.ndarray, draws: int) -> tuple[str, Thin]:
    """Its mean over the draws with the standard error, and a crowd of it."""
    by_case = gains.reshape(-1, draws)
    worst = by_case.mean(axis=1).argmin()
    error = by_case[worst].std(ddof=1) / np.sqrt(draws)
    return f"{by_case[worst].mean():+.3f} ± {error:.3f}", crowds[worst * draws]


def compared_table(crowds: list[Thin], draws: int) -> None:
    """The deviation is that of the draws of one case from its mean."""
    print("\n| | mean | deviation | one in a hundred below | worst draw | worst case |\n|---|---|---|---|---|---|")
    for name, result_of in COMPARED.items():
        gains = np.array([crowd.gain(result_of(crowd)) for crowd in crowds])
        deviation = np.sqrt(gains.reshape(-1, draws).var(axis=1, ddof=1).mean())
        draw = f"{np.quantile(gains, 0.01):+.3f} | {gains.min():+.3f}"
        worst, case = worst_case(crowds, gains, draws)
        print(
            f"| {name} | {gains.mean():+.4f} | {deviation:.4f} | {draw} | {worst} ({case.name}, {case.size}) |",
            flush=True,
        )


def counted_table(crowds: list[Thin]) -> None:
    print("\n| readings more | mean | one in a hundred below | worst | log-loss | ECE |\n|---|---|---|---|---|---|")
    for weight in COUNTED:
        results = [crowd.counting(weight) for crowd in crowds]
        gains = [crowd.gain(result) for crowd, result in zip(crowds, results, strict=True)]
        loss, ece = (
            np.mean([measure(result, crowd.truth) for crowd, result in zip(crowds, results, strict=True)])
            for measure in (log_loss, calibration_error)
        )
        low = np.quantile(gains, 0.01)
        print(f"| {weight} | {np.mean(gains):+.4f} | {low:+.3f} | {min(gains):+.3f} | {loss:.3f} | {ece:.3f} |")


if __name__ == "__main__":
    main()
