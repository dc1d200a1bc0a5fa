"""Crowds in which some people copy, and crowds of which some truth is known, as Markdown tables.

    .venv/bin/python benchmarks/copiers_and_gold.py [--data ../shared/data]

Copiers: 400 simulated items with three labels and sixteen people, right 55 to 75 times in a hundred, all voting on all.
None to eight of them say nine times in ten what a teacher says who is right every second time. In the last column
nobody copies, but a third of the items is hard for everybody. The constants of `auto` were chosen on simulated crowds
of this kind. Gold: on the fifteen real crowds of `truth_from_votes.py`, n known labels drawn at random go to `auto`;
accuracy, tied labels sharing the credit, on the other items of known truth, the mean of five draws.
"""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder

# ruff: noqa: E402
import numpy as np

from annotate_kit.aggregation import Votes, aggregate
from benchmarks.truth_from_votes import NEWER, SETS, credit, read

PEOPLE, ITEMS, LABELS = 16, 400, 3
COPIERS = (0, 3, 6, 8)
METHODS = ("majority_vote", "auto", "dawid_skene", "mace", "glad")
SEEDS, DRAWS, GOLD = 8, 5, (20, 50)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ANNOTATE_DATA", ROOT / "../shared/data"))
    data = parser.parse_args().data
    copiers_table()
    gold_table({name: read(data / name) for name in [*SETS, *NEWER]})


def copiers_table() -> None:
    print(f"| accuracy | {' | '.join(f'{n} copy' for n in COPIERS)} | hard items |\n{'|---' * (len(COPIERS) + 2)}|")
    kinds = [(n, False) for n in COPIERS] + [(0, True)]
    crowds = [[simulated(copiers, hard, seed) for seed in range(SEEDS)] for copiers, hard in kinds]
    for method in METHODS:
        cells = [np.mean([credit(aggregate(votes, method), truth) for votes, truth in kind]) for kind in crowds]
        print(f"| `{method}` | {' | '.join(f'{cell:.3f}' for cell in cells)} |", flush=True)


def simulated(copiers: int, hard: bool, seed: int) -> tuple[Votes, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, LABELS, ITEMS)
    skill = np.tile(rng.uniform(0.55, 0.75, PEOPLE), (ITEMS, 1))
    if hard:
        skill[: ITEMS // 3] = 0.4
    label = votes_of(truth, skill, rng)
    teacher = votes_of(truth, np.full((ITEMS, 1), 0.5), rng)
    copied = rng.random((ITEMS, copiers)) < 0.9
    label[:, :copiers] = np.where(copied, teacher, label[:, :copiers])
    item, annotator = (axis.ravel() for axis in np.mgrid[:ITEMS, :PEOPLE])
    return Votes(item, annotator, label.ravel(), ITEMS, PEOPLE, LABELS), truth


def votes_of(truth: np.ndarray, skill: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(N, A) votes of people who are right so often, and otherwise say any other label."""
    right = rng.random(skill.shape) < skill
    return np.where(right, truth[:, None], (truth[:, None] + rng.integers(1, LABELS, skill.shape)) % LABELS)


def gold_table(crowds: dict[str, tuple[Votes, np.ndarray]]) -> None:
    print(f"\n| accuracy on the other items | without | {' | '.join(f'with {n}' for n in GOLD)} |")
    print("|---" * (len(GOLD) + 2) + "|")
    rows = []
    for name, (votes, truth) in crowds.items():
        rows.append(np.mean([drawn(votes, truth, draw) for draw in range(DRAWS)], axis=0))
        print(f"| {name} | {' | '.join(f'{x:.3f}' for x in rows[-1])} |", flush=True)
    print(f"| mean | {' | '.join(f'{x:.4f}' for x in np.mean(rows, axis=0))} |")


def drawn(votes: Votes, truth: np.ndarray, draw: int) -> list[float]:
    """The accuracy without gold and with so much, all on the items that no draw makes known."""
    rng = np.random.default_rng(draw)
    order = rng.permutation(np.flatnonzero((truth >= 0) & (votes.per_item > 0)))
    others = np.full(len(truth), -1)
    others[order[max(GOLD) :]] = truth[order[max(GOLD) :]]
    figures = [credit(aggregate(votes, "auto"), others)]
    for n in GOLD:
        gold = np.full(len(truth), -1)
        gold[order[:n]] = truth[order[:n]]
        figures.append(credit(aggregate(votes, "auto", gold=gold), others))
    return figures


if __name__ == "__main__":
    main()
