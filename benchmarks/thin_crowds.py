"""`auto` on thin crowds: small parts of fifteen real crowds, where it gains and where it loses, as two tables.

    .venv/bin/python benchmarks/thin_crowds.py [--data ../shared/data] [--draws 4]

Of each set of `truth_from_votes.py` 100, 200 and 300 items of known truth (or as many as there are) are drawn, and two
or three votes of each. The first table tells by set how far `auto` is above the majority, tied labels sharing the
credit, how much of that comes from items whose votes tie, and what becomes of the majorities that it overturns: how
many there are, and the share of them in which the truth is the label that `auto` names, of those in which it is one of
the two. The second counts the votes as one, two or four readings more.
"""

import argparse
import itertools
import os
import sys
from dataclasses import dataclass
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
    """A thin crowd, its truth, and what `auto` says of it."""

    votes: Votes
    truth: np.ndarray
    result: Result

    def gain(self, result: Result) -> float:
        return credit(result, self.truth) - credit(aggregate(self.votes, "majority_vote"), self.truth)

    @property
    def tied(self) -> np.ndarray:
        most = self.votes.tally.max(axis=1, keepdims=True)
        return np.asarray((self.votes.tally == most).sum(axis=1) > 1)

    @property
    def from_ties(self) -> float:
        """How much of the gain comes from tied items."""
        only = np.where(self.tied, self.truth, -1)
        majority = aggregate(self.votes, "majority_vote")
        return (credit(self.result, only) - credit(majority, only)) * float(self.tied.mean()) if self.tied.any() else 0

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ANNOTATE_DATA", ROOT / "../shared/data"))
    parser.add_argument("--draws", type=int, default=4)
    options = parser.parse_args()
    print("| | mean | worst | from ties | overturned | of these right |\n|---|---|---|---|---|---|")
    everything = []
    for name in [*SETS, *NEWER]:
        crowds = thinned(read(options.data / name), options.draws)
        print(f"| {name} | {cells(crowds)} |", flush=True)
        everything += crowds
    print(f"| all | {cells(everything)} |")
    counted_table(everything)


def thinned(crowd: tuple[Votes, np.ndarray], draws: int) -> list[Thin]:
    """Every number of items and of votes, so many draws each."""
    plans = itertools.product(ITEMS, MOST_VOTES, range(draws))
    return [thin(*crowd, items, most, np.random.default_rng([items, most, seed])) for items, most, seed in plans]


def thin(votes: Votes, truth: np.ndarray, items: int, most: int, rng: np.random.Generator) -> Thin:
    rows = rng.permutation(np.flatnonzero((truth >= 0) & (votes.per_item > 0)))[:items]
    part = votes.of_items(rows)
    part = part.where(place_within(part.item, rng) < most)
    people, annotator = np.unique(part.annotator, return_inverse=True)
    few = Votes(part.item, annotator, part.label, part.n_items, len(people), part.n_labels)
    return Thin(few, truth[rows], aggregate(few))


def cells(crowds: list[Thin]) -> str:
    gains = [crowd.gain(crowd.result) for crowd in crowds]
    ties = np.mean([crowd.from_ties for crowd in crowds])
    right, wrong, neither = np.sum([crowd.overturned for crowd in crowds], axis=0)
    share = f"{right / (right + wrong):.2f}" if right + wrong else "–"
    return f"{np.mean(gains):+.4f} | {min(gains):+.3f} | {ties:+.4f} | {right + wrong + neither} | {share}"


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
