"""What classifiers learn from the votes on labelme's pictures, as a Markdown table.

    .venv/bin/python benchmarks/learning_from_votes.py [--data ../shared/data] [--seeds 10]

Each seed leaves out another tenth of the training pictures. The features are VGG's, made by the authors; the test
pictures have one certain label each. The first rows learn the majority's or `auto`'s labels by the same regression.
"""

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder

# ruff: noqa: E402
import numpy as np

from annotate_kit.aggregation import Votes
from annotate_kit.learning_from_crowds import learn

ROWS = [
    ("majority, then regression", "dawid_skene_then_train", {"consensus": "majority_vote"}),
    ("`auto`, then regression", "dawid_skene_then_train", {"consensus": "auto"}),
    ("`dawid_skene_then_train`", "dawid_skene_then_train", {}),
    ("`wds_soft_labels`", "wds_soft_labels", {}),
    ("`crowd_layer`", "crowd_layer", {}),
    ("`conal`", "conal", {}),
    ("`common_individual_shrinkage`", "common_individual_shrinkage", {}),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ANNOTATE_DATA", ROOT / "../shared/data"))
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    folder = options.data / "labelme"
    rows = np.genfromtxt(folder / "answers.csv", delimiter=",", skip_header=1, dtype=int)
    X, new = (np.load(folder / f"LabelMe_VGG_avg_{part}.npy") for part in ("train", "test"))
    train, test = (np.loadtxt(folder / f"LabelMe_Z_{part}.txt").astype(int) for part in ("train", "test"))
    print("| | test accuracy, mean ± deviation | training items right | CPU s |")
    print("|---|---|---|---|")
    for title, method, settings in ROWS:
        figures = [once(rows, X, new, train, test, seed, method, settings) for seed in range(options.seeds)]
        accuracy, consensus, seconds = np.array(figures).T
        line = f"| {title} | {accuracy.mean():.3f} ± {accuracy.std():.3f} | {consensus.mean():.3f} |"
        print(f"{line} {seconds.mean():.1f} |", flush=True)


def once(
    rows: np.ndarray,
    X: np.ndarray,
    new: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    seed: int,
    method: str,
    settings: dict[str, str],
) -> tuple[float, float, float]:
    sample = np.random.default_rng(seed).permutation(len(X))[: int(0.9 * len(X))]
    place = np.full(len(X), -1)
    place[sample] = np.arange(len(sample))
    those = rows[place[rows[:, 0]] >= 0]
    votes = Votes(place[those[:, 0]], those[:, 1], those[:, 2], len(sample), rows[:, 1].max() + 1, 8)
    started = time.process_time()
    learner = learn(X[sample], votes, method, seed=seed, **settings)
    seconds = time.process_time() - started
    right = learner.predict_proba(new).argmax(axis=1) == test
    return float(right.mean()), float((learner.result_.labels() == train[sample]).mean()), seconds


if __name__ == "__main__":
    main()
