"""Whether the order of `preference` pays: simulated comparisons of real texts, learned from in its order and at random.

    python benchmarks/preferences.py ../shared/data [SEEDS]

There are no people in it: of two texts that are drawn at random the one that is worth more by a hidden rule wins with
the probability σ(difference). The rules: length, twice log(1 + characters); words, two for each of up to two kind words
and minus two for each of up to two unkind ones; mood, two for a positive tweet. 1,000 pairs are the pool, 500 others
tell which share of the pairs that are not worth the same is in the right order. Printed are means over the seeds.
"""

import csv
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path[0] = str(Path(__file__).parents[1])  # not this folder, whose queue.py would stand for the one of Python

from annotate_kit.learners import preference  # noqa: E402

POOL, TEST, BATCH = 1000, 500, 10
LABELS = (50, 100, 200)
KIND, UNKIND = ("please", "thank", "sorry", "hope", "love"), ("hate", "no ", "stupid", "sad", "bad")

Row = dict[str, str]


def main(data: Path, seeds: int) -> None:
    tweets, messages = (_rows(data / path) for path in ("tweets8000/tweets.csv", "sms_spam/data.csv"))
    print(f"{'texts':<10}{'rule':<8}{'order':<9}" + "".join(f"{n:>7}" for n in LABELS))
    for name, rows, rule in (
        ("tweets", tweets, length),
        ("tweets", tweets, words),
        ("tweets", tweets, mood),
        ("messages", messages, length),
        ("messages", messages, words),
    ):
        for order in ("random", "model"):
            shares = np.mean([learned(rows, rule, order == "model", seed) for seed in range(seeds)], axis=0)
            figures = "".join(f"{100 * share:7.1f}" for share in shares)
            print(f"{name:<10}{rule.__name__:<8}{order:<9}{figures}", flush=True)


def length(row: Row) -> float:
    return 2 * float(np.log1p(len(row["text"])))


def words(row: Row) -> float:
    kind, unkind = (sum(row["text"].lower().count(word) for word in some) for some in (KIND, UNKIND))
    return 2.0 * (min(kind, 2) - min(unkind, 2))


def mood(row: Row) -> float:
    return 2.0 * (row["gold"] == "positive")


def learned(rows: Sequence[Row], rule: Callable[[Row], float], by_score: bool, seed: int) -> list[float]:
    """The share of the test pairs in the right order after each number of labels."""
    rng = np.random.default_rng(seed)
    pairs = rng.permutation(len(rows))[: 2 * (POOL + TEST)].reshape(-1, 2).tolist()
    contents = [(rows[a]["text"], rows[b]["text"]) for a, b in pairs]
    apart = np.array([rule(rows[a]) - rule(rows[b]) for a, b in pairs])
    values = np.where(rng.random(len(pairs)) < 1 / (1 + np.exp(-apart)), 0, 1)
    orders = [[first, 1 - first] for first in values.tolist()]
    labelled, shares = list(range(BATCH)), []
    while True:
        model = preference.fit([contents[row] for row in labelled], [orders[row] for row in labelled])
        if len(labelled) in LABELS:
            shares.append(_share_right(model, contents[POOL:], apart[POOL:]))
        if len(labelled) == max(LABELS):
            return shares
        pool = np.setdiff1d(np.arange(POOL), labelled).tolist()
        if by_score:
            scores = [row.score for row in preference.predict(model, [contents[row] for row in pool])]
            pool = [pool[place] for place in np.argsort(-np.array(scores), kind="stable").tolist()]
        labelled += pool[:BATCH]


def _share_right(model: bytes, contents: Sequence[tuple[str, str]], apart: NDArray[np.float64]) -> float:
    right = [[0, 1] if difference > 0 else [1, 0] if difference else None for difference in apart.tolist()]
    return preference.score([row.value for row in preference.predict(model, contents)], right, [])["ordered"]


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10)
