"""Accuracy of every crowd method on real crowds whose truth is known, as Markdown tables.

    .venv/bin/python benchmarks/truth_from_votes.py [--data ../shared/data] [--only spoilt]

The folder has one folder a set, with answers.csv (task, worker, label) and gold.csv (task, label). Beside accuracy, a
second table says how good the probabilities are: log-loss (what one costs when it meets the truth, in nats) and
ECE (how far confidence is from accuracy, in ten steps). A third has nine newer sets. A fourth has the ECE of `auto` on
all fifteen beside what it would be by chance, were its probabilities right. The last spoils thirteen of them, three
times each: two or three votes an item, four votes a person, 150 items, 150 items of three votes, and half of the
people saying the first label whatever they see; it says by how much methods beat the majority vote there.
crowdlab needs a classifier's opinion and gold_majority_vote known labels; they are left out, as are methods for two
labels on sets with more.
"""

import argparse
import csv
import inspect
import itertools
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder

# ruff: noqa: E402
import numpy as np

from annotate_kit.aggregation import Result, Votes, aggregate, registry

SETS = ["bluebirds", "weather_amt", "labelme", "music", "snow_rte", "sentiment_polarity_mturk"]
NEWER = [
    *("adult_content2", "ducks", "paper_screening", "web_search", "trec_rf10"),
    *("medical_cause", "medical_treat", "cifar100_mammals", "cifar100_trees"),
]
"""Sets that `auto` was not made beside, except for what its documentation says."""
CALIBRATED = ["auto", "majority_vote", "dawid_skene"]
COMPARED = ["auto", "dawid_skene", "one_coin_dawid_skene", "mace", "glad", "iwmv"]
BIN = 0.1
DRAWN = 200
"""How often truth is drawn from a method's own probabilities."""
MOST_ITEMS = 6000
"""Larger sets are not spoilt: it would take as long as all others, and their truth is known of few items."""
Results = dict[str, dict[str, Result | None]]
Crowds = dict[str, tuple[Votes, np.ndarray]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ANNOTATE_DATA", ROOT / "../shared/data"))
    parser.add_argument("--only", choices=["spoilt"], help="the last table alone")
    options = parser.parse_args()
    crowds, newer = ({name: read(options.data / name) for name in names} for names in (SETS, NEWER))
    if not options.only:
        whole_tables(crowds, newer)
    spoilt_table({name: crowd for name, crowd in (crowds | newer).items() if crowd[0].n_items <= MOST_ITEMS})


def whole_tables(crowds: Crowds, newer: Crowds) -> None:
    results_of = {method: {name: run(method, votes) for name, (votes, _) in crowds.items()} for method in votes_only()}
    accuracy_table(results_of, crowds)
    probability_table(results_of, crowds)
    newer_table(newer)
    chance_table(crowds | newer)


def newer_table(crowds: Crowds) -> None:
    """Accuracy, tied labels sharing the credit, on the newer sets; the mean, and the worst against the majority."""
    print(f"\n| accuracy | {' | '.join(crowds)} | mean | worst against the majority |")
    print("|---" * (len(crowds) + 3) + "|")
    table = {
        method: np.array([credit(aggregate(votes, method), truth) for votes, truth in crowds.values()])
        for method in ["majority_vote", *COMPARED]
    }
    for method, row in table.items():
        cells = " | ".join(f"{x:.3f}" for x in row)
        print(f"| `{method}` | {cells} | {row.mean():.3f} | {(row - table['majority_vote']).min():+.3f} |", flush=True)


def credit(result: Result, truth: np.ndarray) -> float:
    known = np.flatnonzero(truth >= 0)
    probabilities = result.beliefs[known]
    top = probabilities >= probabilities.max(axis=1, keepdims=True) - 1e-9
    return float((top[np.arange(len(known)), truth[known]] / top.sum(axis=1)).mean())


def votes_only() -> list[str]:
    """The methods that need nothing but votes, `auto` first."""
    wanting = {
        name
        for name in registry.names
        for option in inspect.signature(registry.load(name).aggregate).parameters.values()
        if option.name != "votes" and option.default is option.empty
    }
    return sorted(set(registry.names) - wanting, key=lambda name: (name != "auto", name))


def read(folder: Path) -> tuple[Votes, np.ndarray]:
    """The votes, and (N,) the truth, -1 where it is not known."""
    with (folder / "answers.csv").open(encoding="utf-8") as answers:
        rows = list(csv.DictReader(answers))
    with (folder / "gold.csv").open(encoding="utf-8") as gold:
        known = {row["task"]: row["label"] for row in csv.DictReader(gold)}
    columns = ([row[column] for row in rows] for column in ("task", "worker", "label"))
    votes, (items, _, labels) = Votes.from_ids(*columns)
    place = {label: number for number, label in enumerate(labels)}
    return votes, np.array([place.get(known.get(item, ""), -1) for item in items])


def run(method: str, votes: Votes) -> Result | None:
    return None if method == "kos" and votes.n_labels != 2 else aggregate(votes, method)


def accuracy_table(results_of: Results, crowds: Crowds) -> None:
    table = {
        method: [accuracy(result, crowds[name][1]) for name, result in results.items()]
        for method, results in results_of.items()
    }
    best = np.nanmax(np.array(list(table.values())), axis=0)
    print(f"| accuracy | {' | '.join(SETS)} | mean |")
    print("|---" * (len(SETS) + 2) + "|")
    for method, row in table.items():
        cells = [f"**{x:.3f}**" if x == top else f"{x:.3f}" for x, top in zip(row, best, strict=True)]
        print(f"| `{method}` | {' | '.join(cells)} | {np.mean(row):.3f} |".replace("nan", "–"))


def probability_table(results_of: Results, crowds: Crowds) -> None:
    print(f"\n| log-loss / ECE | {' | '.join(SETS)} | mean |")
    print("|---" * (len(SETS) + 2) + "|")
    for method in CALIBRATED:
        pairs = [
            (log_loss(result, crowds[name][1]), calibration_error(result, crowds[name][1]))
            for name, result in results_of[method].items()
            if result is not None
        ]
        cells = [f"{loss:.2f} / {error:.3f}" for loss, error in [*pairs, np.mean(pairs, axis=0)]]
        print(f"| `{method}` | {' | '.join(cells)} |")


def chance_table(crowds: Crowds) -> None:
    """The ECE of `auto`, and what it is where truth is drawn from its own probabilities: on few items it is not 0."""
    print("\n| `auto` | known items | ECE | by chance | by chance, 95 in a hundred below | surer than right |")
    print("|---|---|---|---|---|---|")
    rows = []
    for name, (votes, truth) in crowds.items():
        result = aggregate(votes)
        errors = errors_by_chance(result, truth)
        surer = result.beliefs.max(axis=1)[truth >= 0].mean() - accuracy(result, truth)
        rows.append([calibration_error(result, truth), errors.mean(), np.quantile(errors, 0.95), surer])
        error, by_chance, above, surer = rows[-1]
        figures = f"{error:.3f} | {by_chance:.3f} | {above:.3f} | {surer:+.3f}"
        print(f"| {name} | {(truth >= 0).sum()} | {figures} |", flush=True)
    error, by_chance, _, surer = np.mean(rows, axis=0)
    print(f"| mean | | {error:.3f} | {by_chance:.3f} | | {surer:+.3f} |")


def errors_by_chance(result: Result, truth: np.ndarray) -> np.ndarray:
    """(DRAWN,) the ECE on the items of known truth, were their truth as the probabilities have it."""
    rng = np.random.default_rng(0)
    below = result.beliefs.cumsum(axis=1)[:, :-1]
    draws = ((rng.random((len(truth), 1)) > below).sum(axis=1) for _ in range(DRAWN))
    return np.array([calibration_error(result, np.where(truth >= 0, drawn, -1)) for drawn in draws])


def spoilt_table(crowds: Crowds) -> None:
    """By how much methods beat the majority on thinned and spammed crowds: on average, and at worst.

    Tied labels share the credit, so that chance decides nothing.
    """
    print(f"\n| minus majority, mean / worst | {' | '.join(SPOILT)} |")
    print("|---" * (len(SPOILT) + 1) + "|")
    for method in COMPARED:
        cells = []
        for spoil in SPOILT.values():
            gains = []
            for seed, (votes, truth) in itertools.product(range(3), crowds.values()):
                few, items = spoil(votes, truth, np.random.default_rng(seed))
                gain = credit(aggregate(few, method), truth[items])
                gains.append(gain - credit(aggregate(few, "majority_vote"), truth[items]))
            cells.append(f"{np.mean(gains):+.3f} / {np.min(gains):+.3f}")
        print(f"| `{method}` | {' | '.join(cells)} |", flush=True)


def votes_an_item(votes: Votes, truth: np.ndarray, rng: np.random.Generator, most: int = 3) -> tuple[Votes, np.ndarray]:
    return votes.where(place_within(votes.item, rng) < most), np.arange(votes.n_items)


def votes_a_person(votes: Votes, truth: np.ndarray, rng: np.random.Generator) -> tuple[Votes, np.ndarray]:
    """As if everybody had given four votes and another person had come."""
    person = votes.annotator * len(votes) + place_within(votes.annotator, rng) // 4
    people, annotator = np.unique(person, return_inverse=True)
    split = Votes(votes.item, annotator, votes.label, votes.n_items, len(people), votes.n_labels)
    return split, np.arange(votes.n_items)


def few_items(votes: Votes, truth: np.ndarray, rng: np.random.Generator) -> tuple[Votes, np.ndarray]:
    """Of those whose truth is known."""
    items = rng.permutation(np.flatnonzero(truth >= 0))[:150]
    place = np.full(votes.n_items, -1)
    place[items] = np.arange(len(items))
    those = place[votes.item] >= 0
    item, annotator, label = place[votes.item[those]], votes.annotator[those], votes.label[those]
    return Votes(item, annotator, label, len(items), votes.n_annotators, votes.n_labels), items


def few_items_and_votes(votes: Votes, truth: np.ndarray, rng: np.random.Generator) -> tuple[Votes, np.ndarray]:
    few, items = few_items(votes, truth, rng)
    return votes_an_item(few, truth, rng)[0], items


def half_say_one_label(votes: Votes, truth: np.ndarray, rng: np.random.Generator) -> tuple[Votes, np.ndarray]:
    constant = rng.permutation(votes.n_annotators) < votes.n_annotators // 2
    label = np.where(constant[votes.annotator], 0, votes.label)
    sizes = votes.n_items, votes.n_annotators, votes.n_labels
    return Votes(votes.item, votes.annotator, label, *sizes), np.arange(votes.n_items)


def place_within(group: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """For each vote its place, by lot, among those of its group."""
    order = np.lexsort((rng.random(len(group)), group))
    first = np.searchsorted(group[order], group[order])
    place = np.empty(len(group), dtype=int)
    place[order] = np.arange(len(group)) - first
    return place


SPOILT: dict[str, Callable[[Votes, np.ndarray, np.random.Generator], tuple[Votes, np.ndarray]]] = {
    "two votes an item": partial(votes_an_item, most=2),
    "three votes an item": votes_an_item,
    "four votes a person": votes_a_person,
    "150 items": few_items,
    "150 items of three votes": few_items_and_votes,
    "half say one label": half_say_one_label,
}


def accuracy(result: Result | None, truth: np.ndarray) -> float:
    """Share of the items with known truth that got it; a method that abstains got it wrong."""
    return float("nan") if result is None else float((result.labels() == truth)[truth >= 0].mean())


def log_loss(result: Result, truth: np.ndarray) -> float:
    known = np.flatnonzero(truth >= 0)
    return float(-np.log(np.maximum(result.beliefs[known, truth[known]], 1e-12)).mean())


def calibration_error(result: Result, truth: np.ndarray) -> float:
    known = truth >= 0
    sure, right = result.beliefs.max(axis=1)[known], (result.beliefs.argmax(axis=1) == truth)[known]
    step = np.minimum((sure / BIN).astype(int), int(1 / BIN) - 1)
    return sum(abs(sure[step == s].mean() - right[step == s].mean()) * (step == s).mean() for s in np.unique(step))


if __name__ == "__main__":
    main()
