"""Labels that active learning saves on real data, by `manage.py replay`: the tables of docs/explanation/clicks.md.

    python -m benchmarks.clicks                     # every set, ten seeds
    python -m benchmarks.clicks digits labelme --seeds 3

Needs the research data of ../shared/data (or ANNOTATE_DATA), and the built-in PostgreSQL or DATABASE_URL.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("ANNOTATE_DATA", ROOT / "../shared/data")).resolve()
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Set:
    """Rows with their vectors, and those to test on where the data names them."""

    rows: Rows
    vectors: np.ndarray | None = None
    test_rows: Rows | None = None
    test_vectors: np.ndarray | None = None


@dataclass(frozen=True)
class Case:
    make: Callable[[], Set]
    batch: int
    metric: str = "accuracy"
    must: str = ""


def tweets(with_vectors: bool) -> Set:
    with (DATA / "tweets8000/tweets.csv").open(encoding="utf-8") as lines:
        rows = [
            {"external_id": row["external_id"], "text": row["text"], "gold": row["gold"]}
            for row in csv.DictReader(lines)
        ]
    return Set(rows, np.load(DATA / "embeddings/tweets8000.npy").astype(np.float32) if with_vectors else None)


def digits() -> Set:
    from sklearn.datasets import load_digits

    known = load_digits()
    return Set(_records(known.target), (known.data / 16).astype(np.float32))


def labelme() -> Set:
    folder = DATA / "labelme"
    gold, test_gold = (np.loadtxt(folder / f"LabelMe_Z_{part}.txt").astype(int) for part in ("train", "test"))
    vectors, test_vectors = (np.load(folder / f"LabelMe_VGG_avg_{part}.npy") for part in ("train", "test"))
    return Set(_records(gold), vectors, _records(test_gold), test_vectors)


def sms_spam() -> Set:
    with (DATA / "sms_spam/data.csv").open(encoding="utf-8") as lines:
        rows = [{"text": row["text"], "gold": row["label"]} for row in csv.DictReader(lines)]
    return Set(rows, np.load(DATA / "embeddings/sms_spam.npy").astype(np.float32))


def _records(gold: np.ndarray) -> Rows:
    return [{"data": {"row": row}, "gold": str(value)} for row, value in enumerate(gold.tolist())]


CASES = {
    "tweets8000": Case(lambda: tweets(True), 100, "auc", "≤ 900"),
    "tweets8000, words": Case(lambda: tweets(False), 100, "auc", "≥ 20 % fewer"),
    "digits": Case(digits, 20, must="≤ 100"),
    "labelme": Case(labelme, 50, must="≤ 200"),
    "sms_spam": Case(sms_spam, 50),
}


def replayed(case: Case, seeds: int, folder: Path) -> dict[str, Any]:
    """The figures of one set."""
    data, out = case.make(), folder / "out.json"
    command = [sys.executable, str(ROOT / "manage.py"), "replay", written_rows(data.rows, folder / "data.ndjson")]
    command += ["--batch", str(case.batch), "--seeds", str(seeds), "--metric", case.metric, "--json", str(out)]
    if data.vectors is not None:
        command += ["--vectors", written_vectors(data.vectors, folder / "vectors.npy")]
    if data.test_rows is not None and data.test_vectors is not None:
        command += ["--test", written_rows(data.test_rows, folder / "test.ndjson")]
        command += ["--test-vectors", written_vectors(data.test_vectors, folder / "test.npy")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    result: dict[str, Any] = json.loads(out.read_text())
    return result


def written_rows(rows: Rows, path: Path) -> str:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return str(path)


def written_vectors(vectors: np.ndarray, path: Path) -> str:
    np.save(path, vectors)
    return str(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", help=f"of {', '.join(CASES)}; all, if none is named")
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    if unknown := set(options.sets) - CASES.keys():
        parser.error(f"there is no set {min(unknown)!r}; there are {', '.join(CASES)}")
    print("| set | random | auto | saved (90 % interval) | never below random | must | minutes |")
    print("|---|---|---|---|---|---|---|")
    for name in options.sets or CASES:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            result = replayed(CASES[name], options.seeds, Path(folder))
        saved = "–" if result["saving"] is None else _saved(result)
        print(
            f"| {name} | {result['random_labels_to_target'] or '–'} | {result['labels_to_target'] or '–'} | {saved} "
            f"| {'yes' if result['never_below_random'] else 'no'} | {CASES[name].must} "
            f"| {(time.monotonic() - began) / 60:.0f} |",
            flush=True,
        )


def _saved(result: dict[str, Any]) -> str:
    return f"{result['saving']:.0%} ({result['saving_low']:.0%} to {result['saving_high']:.0%})"


if __name__ == "__main__":
    main()
