"""Clicks to the accuracy of three votes each and their majority, where votes go to the least certain items.

    python -m benchmarks.votes [labelme music …] [--seeds 5] [--features]

A random twentieth of the items gets three votes first, all others one; then the least certain items by the consensus of
`auto` get one more, a twenty-fifth of them at a time, with the functions that rounds use. With features, a model that
had not seen an item has its say in what is asked again, and its vote in the consensus, as projects have it; it learns
anew each time. Votes are those that the crowd gave, in another order for each seed. Where tied labels are agreed on,
they share the credit. The accuracy counts as reached where three steps in a row have it. Beside it, the clicks and the
accuracy with a target of .80: each round asks about every item below it once more.

Needs the research data of ../shared/data (or ANNOTATE_DATA), and no database.
"""

import argparse
import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import annotate_kit.estimators
import annotate_kit.representations
from annotate_kit import model_vote, relabelling
from annotate_kit.aggregation import Result, Votes, aggregate
from annotate_kit.estimators import Context
from annotate_kit.features import text_hashing
from annotate_kit.representations import Views
from benchmarks.clicks import DATA
from learner.evaluation import scores

STEP = 0.04  # of the items get one more vote at a time
CALIBRATION, CALIBRATION_VOTES = 0.05, 3
FEWEST_KNOWN = 20
UNKNOWN_TRUST = 0.8
TARGET = 0.80
MOST = 10  # votes of an item
IN_A_ROW = 3  # steps that reach the accuracy: the first of them counts
SETS = (
    *("labelme", "music", "sentiment_polarity_mturk", "snow_rte", "bluebirds", "weather_amt"),
    *("adult_content2", "ducks", "paper_screening", "web_search", "trec_rf10"),
    *("medical_cause", "medical_treat", "cifar100_mammals", "cifar100_trees"),
)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Features:
    """What the estimator of that name sees of the items."""

    X: NDArray[np.float32]
    estimator: str


class Crowd:
    """A recorded crowd whose votes come in a random order. `truth` (N,) is -1 where it is not known."""

    def __init__(self, votes: Votes, truth: NDArray[np.int64], seed: int) -> None:
        self.votes, self.truth, self.rng = votes, truth, np.random.default_rng(seed)
        self.available = votes.per_item.astype(np.int64)
        order = np.lexsort((self.rng.random(len(votes)), votes.item))
        starts = np.cumsum(self.available) - self.available
        self.rank = np.empty(len(votes), dtype=np.int64)
        self.rank[order] = np.arange(len(votes)) - np.repeat(starts, self.available)

    def first(self, wanted: NDArray[np.int64]) -> Votes:
        """So many votes of each item."""
        return self.votes.where(self.rank < wanted[self.votes.item])

    def accuracy(self, probabilities: Floats) -> float:
        known = np.flatnonzero((self.truth >= 0) & (self.available > 0))
        rows = probabilities[known]
        top = rows >= rows.max(axis=1, keepdims=True) - 1e-9
        return float((top[np.arange(len(known)), self.truth[known]] / top.sum(axis=1)).mean())

    def by_majority(self, each: int) -> tuple[int, float]:
        """The clicks and the accuracy of so many votes of each item."""
        votes = self.first(np.full(self.votes.n_items, each))
        return len(votes), self.accuracy(votes.tally.astype(np.float64))


def steps(crowd: Crowd, features: Features | None, target: float | None = None) -> Iterator[tuple[int, float]]:
    """(clicks, accuracy) after each step, until no vote is left; with a target, none of an item below it."""
    calibration = crowd.rng.random(crowd.votes.n_items) < CALIBRATION
    wanted = np.where(calibration, CALIBRATION_VOTES, 1)
    while True:
        wanted = np.minimum(wanted, crowd.available)
        votes = crowd.first(wanted)
        result = aggregate(votes)
        proba = None if features is None else out_of_fold(features, votes, result, crowd.rng)
        yield len(votes), crowd.accuracy(with_model(votes, result, proba, crowd.rng))
        confidence = confidence_of(votes, result, proba)
        most = np.minimum(crowd.available, MOST)
        if target is None:
            again = np.argsort(np.where(wanted < most, confidence, np.inf), kind="stable")
            again = again[wanted[again] < most[again]][: max(1, round(STEP * len(wanted)))]
        else:
            again = np.flatnonzero((wanted < most) & (confidence < target))
        if not len(again):
            return
        wanted[again] += 1


def confidence_of(votes: Votes, result: Result, proba: Floats | None) -> Floats:
    """(N,) how certain the consensus is, as rounds see it: see learner/pipeline/adaptive_votes.py."""
    answers, confidence = result.beliefs.argmax(axis=1), result.beliefs.max(axis=1)
    tested = votes.per_item >= CALIBRATION_VOTES
    same = (answers[votes.item] == votes.label)[tested[votes.item]]
    trust = (same.sum() + 1) / (len(same) + 2) if len(same) >= FEWEST_KNOWN else UNKNOWN_TRUST
    confidence = np.where(votes.per_item == 1, np.minimum(confidence, trust), confidence)
    if proba is None or tested.sum() < FEWEST_KNOWN:
        return confidence
    consensus = spread(answers, confidence, votes.n_labels)
    prior = consensus.mean(axis=0)
    nothing = np.full((int(tested.sum()), votes.n_labels), 1 / votes.n_labels)
    temperature = relabelling.best_temperature(nothing, proba[tested], prior, answers[tested])
    together = relabelling.combined(consensus, proba, prior, temperature)
    return together[np.arange(len(answers)), answers]


def spread(answers: NDArray[np.int64], confidence: Floats, n_labels: int) -> Floats:
    shares = np.repeat(((1 - confidence) / (n_labels - 1))[:, np.newaxis], n_labels, axis=1)
    shares[np.arange(len(answers)), answers] = confidence
    return shares


def out_of_fold(features: Features, votes: Votes, result: Result, rng: np.random.Generator) -> Floats:
    """(N, K) what models say that had not seen the item, which learned from what people agree on."""
    answers, n_labels = result.beliefs.argmax(axis=1), votes.n_labels
    weights = result.beliefs.max(axis=1)
    entry = annotate_kit.estimators.registry.load(features.estimator)
    context = Context(tuning={"n": float("inf"), "C": 3.0, "machine": 1.0, "mean": 1.0})

    def fit(rows: NDArray[np.intp]) -> scores.Predict:
        model = entry.make(n_labels, 0, sparse=False, context=context)
        model.fit(features.X[rows], answers[rows], sample_weight=weights[rows])
        return lambda X: annotate_kit.estimators.proba(model, X, n_labels)

    fold = rng.permutation(len(answers)) % 5
    proba = np.zeros((len(answers), n_labels))
    for number in range(5):
        proba[fold == number] = fit(np.flatnonzero(fold != number))(features.X[fold == number])
    return proba


def with_model(votes: Votes, result: Result, proba: Floats | None, rng: np.random.Generator) -> Floats:
    """The consensus, with the model's vote where it counts: see annotate/consensus/model_vote.py."""
    people = result.beliefs
    judged = votes.per_item >= CALIBRATION_VOTES
    if proba is None or judged.sum() < FEWEST_KNOWN:
        return people
    saying = model_vote.sayings(proba.argmax(axis=1), proba.max(axis=1))
    table = model_vote.measured(people[judged], saying[judged])
    shares = np.zeros(people.shape)
    shares[judged] = table.shares
    together = model_vote.combined(people, saying, table.counts, shares)
    return np.where((votes.per_item >= 2)[:, np.newaxis], together, people)


@dataclass(frozen=True)
class Outcome:
    """Of one seed: clicks and accuracy of three votes each; clicks to that accuracy; and what a target reaches."""

    plain_clicks: int
    plain: float
    clicks: int
    target_clicks: int
    target: float


def play(name: str, with_features: bool, seed: int) -> Outcome:
    votes, truth, names = read(name)
    features = FEATURES[name](names) if with_features else None
    crowd = Crowd(votes, truth, seed)
    plain_clicks, plain = crowd.by_majority(CALIBRATION_VOTES)
    reached: list[int] = []
    for so_far, accuracy in steps(crowd, features):
        reached = [*reached, so_far] if accuracy >= plain - 1e-9 else []
        if len(reached) == IN_A_ROW or so_far >= plain_clicks:
            break
    *_, at_target = steps(Crowd(votes, truth, seed), features, TARGET)
    return Outcome(plain_clicks, plain, reached[0] if reached else plain_clicks, *at_target)


def read(name: str) -> tuple[Votes, NDArray[np.int64], list[str]]:
    """The votes, (N,) the truth, -1 where it is not known, and the names of the items."""
    rows = records(DATA / name / "answers.csv")
    votes, (items, _, labels) = Votes.from_ids(*([row[key] for row in rows] for key in ("task", "worker", "label")))
    gold = {row["task"]: row["label"] for row in records(DATA / name / "gold.csv")}
    place = {label: number for number, label in enumerate(labels)}
    return votes, np.array([place.get(gold.get(item, ""), -1) for item in items]), items


def records(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def labelme(names: Sequence[str]) -> Features:
    vectors = np.load(DATA / "labelme/LabelMe_VGG_avg_train.npy")
    return seen(vectors[[int(name) for name in names]])


def music(names: Sequence[str]) -> Features:
    rows = {row["id"]: row for row in records(DATA / "music/music_genre_gold.csv")}
    columns = [column for column in next(iter(rows.values())) if column.startswith("feature")]
    numbers = np.array([[float(rows[name][column]) for column in columns] for name in names])
    return seen(((numbers - numbers.mean(axis=0)) / numbers.std(axis=0)).astype(np.float32))


def sentiment(names: Sequence[str]) -> Features:
    places = [int(name) for name in names]
    texts = (DATA / "sentiment_polarity_mturk/Sentiment_text_train.txt").read_text(encoding="utf-8").splitlines()
    vectors = np.load(DATA / "embeddings/sentiment_polarity_mturk.npy").astype(np.float32)
    return seen(vectors[places], [texts[place] for place in places])


FEATURES = {"labelme": labelme, "music": music, "sentiment_polarity_mturk": sentiment}


def seen(vectors: NDArray[np.float32], texts: Sequence[str] | None = None) -> Features:
    """What the estimator that `auto` stands for sees of records with vectors, or of texts with vectors."""
    views = Views(vectors, None if texts is None else text_hashing.compute(texts))
    representation = "neighbour_means" if texts is None else "joint_text"
    rows = annotate_kit.representations.registry.load(representation).fit(views, 0).rows(views)
    return Features(rows, "mixture" if texts is None else "joint_text")


def table(names: Sequence[str], with_features: bool, seeds: int) -> None:
    print("| set | items | seeds | three each | accuracy | to that | fewer | to the target | accuracy |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    savings = []
    for name in names:
        rows = np.array([list(asdict(play(name, with_features, seed)).values()) for seed in range(seeds)])
        plain_clicks, plain, needed, target_clicks, at_target = rows.mean(axis=0)
        savings.append(1 - needed / plain_clicks)
        print(
            f"| {name} | {len(read(name)[2]):,} | {seeds} | {plain_clicks:,.0f} | {plain:.3f} | {needed:,.0f} "
            f"| {savings[-1]:.0%} | {target_clicks:,.0f} | {at_target:.3f} ({at_target - plain:+.3f}) |",
            flush=True,
        )
    print(f"\nMedian: {np.median(savings):.0%} fewer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", help=f"of {', '.join(SETS)}; all, if none is named")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--features", action="store_true", help="with the model's say, where a set has features")
    options = parser.parse_args()
    known = list(FEATURES) if options.features else SETS
    if unknown := set(options.sets) - set(known):
        parser.error(f"there is no set {min(unknown)!r}; there are {', '.join(known)}")
    began = time.monotonic()
    table(options.sets or known, options.features, options.seeds)
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
