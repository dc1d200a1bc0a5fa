"""How well a project's own labels tell how many random order would have needed.

    python -m benchmarks.savings [--sets digits] [--seeds 30] [--labels 400] [--test 60]

In each seed, items are kept at random for the test; a logistic regression starts with 50 random labels and asks for 50
more at a time, those with the smallest margin. As the job of a round does, models of random parts of these labels then
say how many labels random order needs for the same score. The truth is where the mean error of models that learned in
random order, on all other items, falls to the present model's error on the same.

Stopping: the first round whose predictions of all items agree with those of 200 labels before at a kappa of 0.99, and
the points of accuracy that the labels after it still brought.

Needs the research data of ../shared/data (or ANNOTATE_DATA), and no database.
"""

import argparse
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks import clicks
from benchmarks.estimates import Rows, fitted, labels_of
from learner.evaluation import random_order, scores
from learner.evaluation.random_order import Needed

SETS = ("digits", "tweets8000")
START = BATCH = 50
DRAWS = 3
BEFORE = 4  # batches between the two models that are compared
CURVE = 12  # numbers of labels at which random order is tried
RANDOM_SEEDS = 4


def row(name: str, seeds: int, n_labels: int, n_test: int) -> str:
    """Of one set: the truth, what is estimated, how frequently the interval holds the truth, how many told nothing."""
    data = clicks.CASES[name].make()
    X, y = data.vectors, labels_of(data)
    assert X is not None, "sets with vectors alone"
    counts, errors = random_curve(X, y)
    truths, estimates = [], []
    for seed in range(seeds):
        error, estimate = one_project(X, y, np.random.default_rng(seed), n_labels, n_test)
        if estimate is not None:
            truths.append(labels_at(counts, errors, error))
            estimates.append(estimate)
    truth = np.array(truths)
    values, lows, highs = (
        np.array([each.limit if bound is None else bound for each, bound in zip(estimates, bounds, strict=True)])
        for bounds in zip(*[(each.labels, each.low, each.high) for each in estimates], strict=True)
    )
    open_end = np.array([each.high is None for each in estimates])
    holds = (lows <= truth) & ((truth <= highs) | open_end)
    return (
        f"| {name} | {n_labels} | {n_test} | {np.median(truth):.0f} | {np.median(values):.0f} "
        f"| {np.median(lows):.0f} to {np.median(highs):.0f} | {holds.mean():.2f} | {(lows > truth).mean():.2f} "
        f"| {open_end.mean():.2f} | {seeds - len(estimates)} |"
    )


def one_project(
    X: NDArray, y: NDArray[np.int64], rng: np.random.Generator, n_labels: int, n_test: int
) -> tuple[float, Needed | None]:
    """The present model's error on a third of all items, kept apart at random, and what the labels tell."""
    apart, pool = split(y, rng)
    *_, (train, proba) = actively(X, y, pool, n_labels)
    test, error = apart[:n_test], 1 - float(scores.right(proba[apart], y[apart]).mean())
    left_out = scores.out_of_fold(X[train], y[train], lambda rows: fitted(X, y, train[rows]), rng)
    assert left_out is not None
    proba[train[left_out.rows]] = left_out.proba
    strata = random_order.strata(proba[train], proba, False, rng)
    sizes = random_order.sizes(strata, int(y.max()) + 1) * DRAWS
    if not sizes:
        return error, None
    parts = [train[random_order.drawn(strata, size, rng)] for size in sizes]
    right = np.array([scores.right(fitted(X, y, part)(X[test]), y[test]) for part in parts])
    return error, random_order.needed(sizes, right, scores.right(proba[test], y[test]))


def split(y: NDArray[np.int64], rng: np.random.Generator) -> tuple[Rows, Rows]:
    order = rng.permutation(len(y))
    return order[: len(y) // 3], order[len(y) // 3 :]


def actively(X: NDArray, y: NDArray[np.int64], pool: Rows, n_labels: int) -> Iterator[tuple[Rows, NDArray]]:
    """(what is labelled, the predictions of all items) after each batch."""
    train = np.sort(pool[:START])
    while True:
        proba = np.array(fitted(X, y, train)(X), dtype=np.float64)
        yield train, proba
        if len(train) >= n_labels:
            return
        others = np.setdiff1d(pool, train)
        top = np.sort(proba[others], axis=1)
        train = np.sort(np.concatenate([train, others[np.argsort(top[:, -1] - top[:, -2])[:BATCH]]]))


def stopped(X: NDArray, y: NDArray[np.int64], seed: int, n_labels: int) -> tuple[int, float] | None:
    """The labels at which the model was first called stable, and by how much it got better after; None: never."""
    apart, pool = split(y, np.random.default_rng(seed))
    steps = [
        (len(train), proba.argmax(axis=1), float(scores.right(proba[apart], y[apart]).mean()))
        for train, proba in actively(X, y, pool, n_labels)
    ]
    for place in range(BEFORE, len(steps)):
        if scores.kappa(steps[place - BEFORE][1], steps[place][1], int(y.max()) + 1) >= scores.STABLE:
            return steps[place][0], steps[-1][2] - steps[place][2]
    return None


def stopping_row(name: str, seeds: int, n_labels: int) -> str:
    data = clicks.CASES[name].make()
    assert data.vectors is not None, "sets with vectors alone"
    y = labels_of(data)
    stops = [each for each in (stopped(data.vectors, y, seed, n_labels) for seed in range(seeds)) if each]
    if not stops:
        return f"| {name} | {n_labels} | 0 of {seeds} | – | – | – |"
    labels, lost = np.array(stops).T
    return (
        f"| {name} | {n_labels} | {len(stops)} of {seeds} | {np.median(labels):.0f} | {100 * np.median(lost):.1f} "
        f"| {100 * lost.max():.1f} |"
    )


def random_curve(X: NDArray, y: NDArray[np.int64]) -> tuple[NDArray, NDArray]:
    """(numbers of labels, mean error on all others) in random order."""
    counts = np.geomspace(40, len(y) * 0.7, CURVE).astype(int)
    errors = np.zeros((RANDOM_SEEDS, CURVE))
    for seed in range(RANDOM_SEEDS):
        order = np.random.default_rng(1000 + seed).permutation(len(y))
        for place, count in enumerate(counts):
            others: Rows = order[count:]
            right = scores.right(fitted(X, y, np.sort(order[:count]))(X[others]), y[others])
            errors[seed, place] = 1 - right.mean()
    return counts, np.minimum.accumulate(errors.mean(axis=0))


def labels_at(counts: NDArray, errors: NDArray, error: float) -> float:
    """Where a falling curve reaches an error; its last number where it does not."""
    return float(np.exp(np.interp(-error, -errors, np.log(counts))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", choices=["savings", "stopping", []], help="both, if none is named")
    parser.add_argument("--sets", nargs="*", default=SETS, choices=SETS)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--labels", type=int, default=400)
    parser.add_argument("--test", type=int, default=60)
    parser.add_argument("--most", type=int, default=1000, help="labels at the end of the table of stopping")
    options = parser.parse_args()
    began = time.monotonic()
    tables = options.tables or ["savings", "stopping"]
    if "savings" in tables:
        print_savings(options)
    if "stopping" in tables:
        print("\n| set | at most | stable | at labels | points gained after | at most |\n|---|---|---|---|---|---|")
        for name in options.sets:
            print(stopping_row(name, options.seeds, options.most), flush=True)
    print(f"\n{time.monotonic() - began:.0f} s")


def print_savings(options: argparse.Namespace) -> None:
    print("| set | labels | test | truth | estimate | interval | holds | above the truth | open | nothing told |")
    print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
    for name in options.sets:
        print(row(name, options.seeds, options.labels, options.test), flush=True)


if __name__ == "__main__":
    main()
