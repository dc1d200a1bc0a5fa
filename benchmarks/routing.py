"""What it brings to leave uncertain items to the people whose answer would say most, in simulated crowds.

    python -m benchmarks.routing [--seeds 10]

Each item gets one vote from anybody, then the least certain ones one more at a time, up to half as many again. These
are given by anybody who has not answered the item, by one of the ten people whose answer would say most, or by the one
person. Good people are right in .9 of their answers, others in .55; the consensus is that of `auto`, and people's
skills are what it says of them.
"""

import argparse
import os

import numpy as np
from numpy.typing import NDArray

PEOPLE, ITEMS, LABELS = 20, 1000, 4
GOOD_PEOPLE = (2, 4, 10, 16)
GOOD, OTHERS = 0.9, 0.55
BUDGET, STEP = 1.5, 50
CALIBRATION, CALIBRATION_VOTES = 0.05, 3


def accuracy(n_good: int, preferred: int | None, seed: int) -> float:
    """Of the consensus in the end, where so many people are preferred for each item; None: anybody."""
    from annotate.consensus.annotator_model import tables_of
    from annotate_kit import relabelling
    from annotate_kit.aggregation import Votes, aggregate

    rng = np.random.default_rng(seed)
    truth = rng.integers(LABELS, size=ITEMS)
    skill = np.where(np.arange(PEOPLE) < n_good, GOOD, OTHERS)
    item = np.repeat(np.arange(ITEMS), np.where(rng.random(ITEMS) < CALIBRATION, CALIBRATION_VOTES, 1))
    person = np.concatenate([rng.permutation(PEOPLE)[:count] for count in np.bincount(item, minlength=ITEMS).tolist()])
    label = _answers(truth[item], skill[person], rng)
    while True:
        votes = Votes(item, person, label, ITEMS, PEOPLE, LABELS)
        result = aggregate(votes)
        if len(item) >= BUDGET * ITEMS:
            return float((result.beliefs.argmax(axis=1) == truth).mean())
        again = np.argsort(result.beliefs.max(axis=1), kind="stable")[:STEP]
        says = relabelling.information(result.beliefs[again], tables_of(votes, result))
        has_answered = np.zeros((ITEMS, PEOPLE), dtype=bool)
        has_answered[item, person] = True
        says[has_answered[again]] = -np.inf
        helper = np.array([rng.choice(_best(row, preferred or PEOPLE)) for row in says])
        item, person = np.append(item, again), np.append(person, helper)
        label = np.append(label, _answers(truth[again], skill[helper], rng))


def _best(says: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    """Of the people who can still answer an item, those so many whose answer would say most."""
    order = np.argsort(-says, kind="stable")
    return order[np.isfinite(says[order])][:most]


def _answers(truth: NDArray[np.int64], skill: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    wrong = (truth + rng.integers(1, LABELS, size=len(truth))) % LABELS
    return np.where(rng.random(len(truth)) < skill, truth, wrong)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    print("| good people of 20 | anybody | the better half | the best one |\n|---|---|---|---|", flush=True)
    for n_good in GOOD_PEOPLE:
        seeds = range(options.seeds)
        anybody, *routed = (
            np.array([accuracy(n_good, preferred, seed) for seed in seeds]) for preferred in (None, PEOPLE // 2, 1)
        )
        gains = " | ".join(_mean(each - anybody) for each in routed)
        print(f"| {n_good} | {anybody.mean():.3f} | {gains} |", flush=True)


def _mean(gains: NDArray[np.float64]) -> str:
    """With its standard error."""
    return f"{gains.mean():+.3f} ({gains.std(ddof=1) / len(gains) ** 0.5:.3f})"


if __name__ == "__main__":
    main()
