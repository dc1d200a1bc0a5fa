"""How frequently intervals of label shares hold the true share, and how many of the most suspect labels are wrong.

    python -m benchmarks.estimates [coverage] [suspects] [--sets digits] [--draws 500] [--seeds 10]

Coverage: in each draw 500 items are drawn at random, of which the first 50, 150 and 500 are answered. A logistic
regression learns from 200 others, half of which are those that a model of the first hundred is least sure of. Its
predictions of all items, those it has learned from out of fold, and the answers make an interval for each label.

Suspects: a share of the labels is replaced by another one at random. Models that had not seen the items order the
labels as a round does, with the estimator that `auto` stands for, on its representation of the items.

Needs the research data of ../shared/data (or ANNOTATE_DATA), and no database.
"""

import argparse
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

import annotate_kit.estimators
import annotate_kit.representations
from annotate_kit import confident_learning
from annotate_kit.estimation import Interval, classical, prediction_powered
from annotate_kit.estimators import Context
from annotate_kit.features import text_hashing
from annotate_kit.representations import Views
from benchmarks import clicks
from learner.evaluation import scores

COVERED = ("tweets8000", "sms_spam", "digits")
DOUBTED = {"sms_spam", "digits"}
ANSWERED = (50, 150, 500)
START, TRAINED = 100, 200
FLIPPED = (0.05, 0.1)

Rows = NDArray[np.intp]


def labels_of(data: clicks.Set) -> NDArray[np.int64]:
    return np.unique([row["gold"] for row in data.rows], return_inverse=True)[1]


def coverage(name: str, draws: int) -> Iterator[str]:
    """Rows of the table: for each number of answers how frequently the intervals hold, and how wide they are."""
    data = clicks.CASES[name].make()
    X, y = data.vectors, labels_of(data)
    assert X is not None, "sets with vectors alone"
    truth = np.bincount(y) / len(y)
    held = np.zeros((len(ANSWERED), 2, len(truth)))
    widths = np.zeros((len(ANSWERED), 2))
    for seed in range(draws):
        for place, (answered, proba) in enumerate(draw(X, y, np.random.default_rng(seed))):
            others = np.setdiff1d(np.arange(len(y)), answered)
            for label in range(len(truth)):
                known, f = y[answered] == label, proba[:, label]
                intervals = prediction_powered(known, f[answered], f[others]), classical(known)
                held[place, :, label] += [holds(interval, truth[label]) for interval in intervals]
                widths[place] += [interval.high - interval.low for interval in intervals]
    for place, n in enumerate(ANSWERED):
        powered, plain = held[place] / draws
        yield (
            f"| {name} | {n} | {powered.mean():.3f} | {powered.min():.3f} | {plain.mean():.3f} | {plain.min():.3f} "
            f"| {widths[place, 0] / widths[place, 1]:.2f} |"
        )


def draw(X: NDArray, y: NDArray[np.int64], rng: np.random.Generator) -> Iterator[tuple[Rows, NDArray]]:
    """Of one draw, for each number of answers: the items answered at random, and predictions of all items."""
    order = rng.permutation(len(y))
    at_random, others = order[: max(ANSWERED)], order[max(ANSWERED) :]
    trained, remaining = others[:START], others[START:]
    ranked = np.sort(predicted(X, y, trained, remaining), axis=1)
    trained = np.concatenate([trained, remaining[np.argsort(ranked[:, -1] - ranked[:, -2])[: TRAINED - START]]])
    proba = predicted(X, y, trained, np.arange(len(y)))
    left_out = scores.out_of_fold(X[trained], y[trained], lambda rows: fitted(X, y, trained[rows]), rng)
    assert left_out is not None
    proba[trained[left_out.rows]] = left_out.proba
    for n in ANSWERED:
        yield at_random[:n], proba


def predicted(X: NDArray, y: NDArray[np.int64], trained: Rows, rows: Rows) -> NDArray:
    return np.array(fitted(X, y, trained)(X[rows]), dtype=np.float64)


def fitted(X: NDArray, y: NDArray[np.int64], trained: Rows) -> scores.Predict:
    n_labels = int(y.max()) + 1
    entry = annotate_kit.estimators.registry.load("logistic_regression")
    model = entry.make(n_labels, 0, sparse=False).fit(X[trained], y[trained])
    return lambda part: annotate_kit.estimators.proba(model, part, n_labels)


def holds(interval: Interval, truth: float) -> bool:
    return interval.low <= truth <= interval.high


def suspects(name: str, share: float, seeds: int) -> str:
    """A row of the table: of the most suspect k labels, how many are wrong; k is 50, or as many as were flipped."""
    data = clicks.CASES[name].make()
    y = labels_of(data)
    X, estimator = rows_of(data)
    figures = np.array([doubted(X, y, estimator, share, np.random.default_rng(seed)) for seed in range(seeds)])
    low, high = np.percentile(figures, [5, 95], axis=0)
    cells = [f"{figures[:, 0].mean():.0f}"]
    cells += [f"{mean:.2f} ({low[k]:.2f} to {high[k]:.2f})" for k, mean in enumerate(figures.mean(axis=0)) if k]
    return f"| {name} | {share:.0%} | {seeds} | {' | '.join(cells)} |"


def rows_of(data: clicks.Set) -> tuple[NDArray, str]:
    """What the estimator sees of items, and which one it is: as `auto` has it for texts, and for vectors."""
    texts = [row["text"] for row in data.rows if "text" in row]
    name = "joint_text" if texts else "mixture"
    views = Views(data.vectors, text_hashing.compute(texts) if texts else None)
    entry = annotate_kit.representations.registry.load("joint_text" if texts else "neighbour_means")
    return entry.fit(views, 0).rows(views), name


def doubted(X: NDArray, y: NDArray[np.int64], name: str, share: float, rng: np.random.Generator) -> list[float]:
    """How many of the labels looked at are flipped; the precision at 50, at so many, and the estimated share."""
    n_labels, flipped = int(y.max()) + 1, np.zeros(len(y), dtype=bool)
    flipped[rng.permutation(len(y))[: round(share * len(y))]] = True
    labels = np.where(flipped, (y + rng.integers(1, n_labels, size=len(y))) % n_labels, y)
    entry = annotate_kit.estimators.registry.load(name)
    whole = entry.make(n_labels, 0, sparse=False).fit(X, labels)
    tuning = {**(annotate_kit.estimators.tuning_of(whole) or {}), "n": float("inf")}

    def fit(rows: Rows) -> scores.Predict:
        model = entry.make(n_labels, 0, sparse=False, context=Context(tuning=tuning)).fit(X[rows], labels[rows])
        return lambda part: annotate_kit.estimators.proba(model, part, n_labels)

    left_out = scores.out_of_fold(X, labels, fit, rng)
    assert left_out is not None
    outcome = confident_learning.suspects(labels[left_out.rows], left_out.proba)
    wrong, order = flipped[left_out.rows], outcome.order
    n_wrong = int(wrong.sum())
    return [n_wrong, wrong[order[:50]].mean(), wrong[order[:n_wrong]].mean(), outcome.share]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", choices=["coverage", "suspects", []], help="both, if none is named")
    parser.add_argument("--sets", nargs="*", default=COVERED, choices=COVERED)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    tables, began = options.tables or ["coverage", "suspects"], time.monotonic()
    if "coverage" in tables:
        print(f"{options.draws} draws\n")
        print("| set | n | holds | least label | classical | least label | width beside classical |")
        print("|---|---|---|---|---|---|---|", flush=True)
        for name in options.sets:
            for line in coverage(name, options.draws):
                print(line, flush=True)
    if "suspects" in tables:
        print("\n| set | flipped | seeds | wrong ones | P@50 | P@wrong ones | estimated share |")
        print("|---|---|---|---|---|---|---|", flush=True)
        for name in sorted(DOUBTED & set(options.sets)):
            for share in FLIPPED:
                print(suspects(name, share, options.seeds), flush=True)
    print(f"\n{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
