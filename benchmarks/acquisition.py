"""`auto` on a million items of 384 numbers, mapped from a file: seconds, and the memory that grows beside the mapping.

    python -m benchmarks.acquisition [--items 1000000] [--columns 384] [--type float32]

Each step is a process of its own that maps the features, scores all of them at once and arranges them with a batch of
100: "start" without a model, "model" with the probabilities of ten labels. "Own memory" is the most anonymous memory
of the process (RssAnon) less what it had before the step. "All memory" counts the pages of the
mapped file as well (VmHWM).
"""

import argparse
import multiprocessing
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

ROWS = 8192
LABELS = 10
SAMPLE = 4096
BATCH = 100


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--items", type=int, default=1_000_000)
    arguments.add_argument("--columns", type=int, default=384)
    arguments.add_argument("--type", choices=["float32", "float16"], default="float32")
    chosen = arguments.parse_args()
    print("| step | seconds | CPU | own memory | all memory |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "features.npy"
        write(path, chosen)
        for step in ("start", "model"):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.apply(measure, (step, path)), flush=True)


def write(path: Path, chosen: argparse.Namespace) -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(LABELS, chosen.columns)).astype(np.float32)
    features = np.lib.format.open_memmap(path, "w+", chosen.type, (chosen.items, chosen.columns))
    for start in range(0, chosen.items, ROWS):
        block = features[start : start + ROWS]
        block[:] = rng.standard_normal(block.shape, dtype=np.float32) + 0.3 * centres[np.arange(len(block)) % LABELS]
    features.flush()


def measure(step: str, path: Path) -> str:
    """A row of the table."""
    import scipy.sparse  # noqa: F401  what is imported is no growth

    from annotate_kit.acquisition import Pool, arranged, auto
    from annotate_kit.geometry import mapped

    features, rng = np.load(path, mmap_mode="r"), np.random.default_rng(1)
    sample = mapped.rows(features, np.sort(rng.permutation(len(features))[:SAMPLE]))
    proba = rng.dirichlet(np.ones(LABELS), len(features)).astype(np.float32) if step == "model" else None
    pool = Pool(proba, features=features, unlabelled=sample, rng=rng)
    before, began, cpu = megabytes("RssAnon"), time.monotonic(), time.process_time()
    with Peak() as peak:
        order = arranged(auto, pool, auto.score(pool), BATCH)
    assert len(order) == len(features)
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    return (
        f"| {step} | {seconds:.1f} | {cpu:.1f} | {peak.megabytes - before:.0f} MB "
        f"({before:.0f} MB before) | {megabytes('VmHWM'):.0f} MB |"
    )


class Peak:
    """The most anonymous memory of this process while it is entered, looked at every 5 ms."""

    megabytes = 0.0

    def __enter__(self) -> "Peak":
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._ended.wait(0.005):
            self.megabytes = max(self.megabytes, megabytes("RssAnon"))

    def __exit__(self, *_: Any) -> None:
        self._ended.set()
        self._thread.join()


def megabytes(key: str) -> float:
    """A figure of /proc/self/status, which says kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{key}:")) / 1024


if __name__ == "__main__":
    main()
