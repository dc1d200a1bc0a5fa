"""Where the constants of `auto` come from, and what it does on sets that none of them was chosen on, as two tables.

    .venv/bin/python benchmarks/constants_of_auto.py [--data ../shared/data]

The first: forty simulated crowds with hard items, and the power to which the mean of the readings is raised; it was
chosen there, by log-loss. The second: the fifteen real crowds of `truth_from_votes.py`. Each set in turn is left out,
the one change of a constant that is best for the mean of the fourteen others is made, if any is, and `auto` is measured
on the set that was left out: accuracy with the change for the best accuracy, log-loss and ECE with that for the best
log-loss; beside `auto` as it is.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder

# ruff: noqa: E402
import numpy as np

from annotate_kit.aggregation import Result, Votes, _calibration, _dependence, auto
from benchmarks.truth_from_votes import NEWER, SETS, calibration_error, credit, log_loss, read

CONSTANTS: dict[str, tuple[ModuleType, list[Any]]] = {
    "ORDINARY": (auto, [2.5, 5.0, 10.0]),
    "SECOND_DIMENSION": (auto, [(0.04, 0.1), (0.08, 0.2), (0.16, 0.4)]),
    "STANDARD_ERRORS": (_dependence, [4.0, 5.0, 7.0]),
    "UNSEEN": (_calibration, [1.0, 2.0, 4.0]),
    "LEAST": (_calibration, [0.0, 0.03, 0.1]),
    "AVERAGED": (_calibration, [0.8, 0.9, 1.0]),
}
POWERS = (0.7, 0.8, 0.85, 0.9, 0.95, 1.0, 1.1)
SIMULATED = 40
ACCURACY, LOSS = 0, 1
Crowd = tuple[Votes, np.ndarray]
Settings = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ANNOTATE_DATA", ROOT / "../shared/data"))
    data = parser.parse_args().data
    powers_table([simulated(seed) for seed in range(SIMULATED)])
    left_out_table({name: read(data / name) for name in [*SETS, *NEWER]})


def powers_table(crowds: list[Crowd]) -> None:
    print("| power of the mean | accuracy | log-loss | ECE |\n|---|---|---|---|")
    with constants({"AVERAGED": 1.0}):
        results = [auto.aggregate(votes) for votes, _ in crowds]
    for power in POWERS:
        powered = [Result(_calibration.to_the_power(power, result.beliefs), result.skill) for result in results]
        figures = [measured(result, truth) for result, (_, truth) in zip(powered, crowds, strict=True)]
        print(f"| {power} | {cells(np.mean(figures, axis=0))} |", flush=True)


def left_out_table(crowds: dict[str, Crowd]) -> None:
    changes = [{}, *({name: value} for name, (_, values) in CONSTANTS.items() for value in values)]
    changes = [change for change in changes if not change or any(present(name) != change[name] for name in change)]
    tried = np.array([[figures_of(crowd, change) for crowd in crowds.values()] for change in changes])
    print("\n| | as it is: accuracy | log-loss | ECE | left out: accuracy | log-loss | ECE | changed |")
    print("|---" * 8 + "|")
    rows = []
    for number, name in enumerate(crowds):
        others = np.delete(tried, number, axis=1).mean(axis=1)
        by_accuracy, by_loss = others[:, ACCURACY].argmax(), others[:, LOSS].argmin()
        left_out = tried[by_accuracy, number, :LOSS], tried[by_loss, number, LOSS:]
        rows.append(np.concatenate([tried[0, number], *left_out]))
        changed = " and ".join(in_words(changes[place]) for place in (by_accuracy, by_loss))
        print(f"| {name} | {cells(rows[-1])} | {changed} |", flush=True)
    print(f"| mean | {cells(np.mean(rows, axis=0))} | |")


def in_words(change: Settings) -> str:
    return "".join(f"`{name}` {value}" for name, value in change.items()) or "nothing"


def present(constant: str) -> Any:
    return getattr(CONSTANTS[constant][0], constant)


def figures_of(crowd: Crowd, settings: Settings) -> tuple[float, float, float]:
    votes, truth = crowd
    with constants(settings):
        return measured(auto.aggregate(votes), truth)


def measured(result: Result, truth: np.ndarray) -> tuple[float, float, float]:
    """Accuracy, tied labels sharing the credit, log-loss and ECE."""
    return credit(result, truth), log_loss(result, truth), calibration_error(result, truth)


def cells(figures: np.ndarray) -> str:
    return " | ".join(f"{figure:.4f}" if place % 3 == 0 else f"{figure:.3f}" for place, figure in enumerate(figures))


@contextmanager
def constants(settings: Settings) -> Iterator[None]:
    """`auto` with these constants."""
    former = {name: present(name) for name in settings}
    try:
        for name, value in settings.items():
            setattr(CONSTANTS[name][0], name, value)
        yield
    finally:
        for name, value in former.items():
            setattr(CONSTANTS[name][0], name, value)


def simulated(seed: int) -> Crowd:
    """200 to 1000 items by 10 to 80 people, three to eight votes each; up to half of the items are hard.

    People are of different skill and confuse a label mostly with one other; on a hard item they are right less often,
    and wrong mostly in the same way.
    """
    rng = np.random.default_rng(seed)
    K, N = int(rng.choice([2, 3, 4, 5, 8])), int(rng.choice([200, 500, 1000]))
    people, n = int(rng.choice([10, 30, 80])), int(rng.choice([3, 5, 8]))
    hard = rng.choice([0, 0.15, 0.3, 0.45])
    truth = rng.choice(K, N, p=rng.dirichlet(np.full(K, 4.0)))
    mean = rng.uniform(0.55, 0.9)
    skill = rng.beta(8 * mean, 8 * (1 - mean), people)
    usual, often = (np.arange(K) + rng.integers(1, K, K)) % K, rng.uniform(0.2, 0.7)
    is_hard, tempting = rng.random(N) < hard, (truth + rng.integers(1, K, N)) % K
    ease = np.where(is_hard, rng.uniform(0.1, 0.7, N), 1.0)
    item = np.repeat(np.arange(N), n)
    annotator = np.concatenate([rng.choice(people, n, replace=False) for _ in range(N)])
    right = rng.random(N * n) < skill[annotator] * (0.2 + 0.8 * ease[item])
    by_chance = (truth[item] + rng.integers(1, K, N * n)) % K
    wrong = np.where(rng.random(N * n) < often, usual[truth[item]], by_chance)
    wrong = np.where(is_hard[item] & (rng.random(N * n) < 0.7), tempting[item], wrong)
    return Votes(item, annotator, np.where(right, truth[item], wrong), N, people, K), truth


if __name__ == "__main__":
    main()
