"""Speed and memory of the crowd methods: ours beside a bare SciPy Dawid–Skene (the limit), crowd-kit and peerannot.

    .venv/bin/python benchmarks/aggregation.py [--items 100000] [--large] [--no-peers]

Every contestant runs alone in a process of its own, peers in a virtual environment that is made for them under
var/peers/ (a line says why when it cannot be made). Seconds are CPU seconds from arrays in memory to the result,
preparation included; memory is the process's peak. peerannot needs a dense table and a Python loop: its crowd is
a hundred times smaller. `--large` adds every method of ours at ten million votes.
"""

import argparse
import inspect
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "var" / "peers"
NEEDS = {
    "crowd-kit": [["crowd-kit==1.4.2", "scikit-learn==1.5.2", "pandas==2.2.3"]],
    "peerannot": [["numpy", "scipy", "pandas", "tqdm"], ["--no-deps", "peerannot==0.0.1.post33"]],
}
"""What pip installs, step by step. peerannot also wants PyTorch, which its Dawid–Skene does not use."""
ITERATIONS = 20
Size = tuple[int, int, int, int]  # items, votes an item, labels, people


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--large", action="store_true", help="also every method of ours at ten million votes")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--contestant", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contestant:
        print(json.dumps(compete(*json.loads(options.contestant))))
        return
    peers = {} if options.no_peers else {name: peer_python(name) for name in NEEDS}
    dawid_skene_table(options.items, peers)
    glad_table(peers)
    methods_table((1_000_000, 10, 5, 1000) if options.large else (100_000, 10, 5, 1000))


def dawid_skene_table(items: int, peers: dict[str, str | None]) -> None:
    size, small = (items, 10, 10, 500), (max(10, items // 100), 10, 10, 50)
    print(f"\nDawid–Skene, {ITERATIONS} iterations\n")
    print("| | items × votes, labels, people | CPU s | M votes/s/iteration | peak MB |")
    print("|---|---|---|---|---|")
    for title, contestant, python, its_size in (
        ("ours", "paced_dawid_skene", sys.executable, size),
        ("bare SciPy", "limit_dawid_skene", sys.executable, size),
        ("crowd-kit 1.4.2", "crowdkit_dawid_skene", peers.get("crowd-kit"), size),
        ("peerannot post33", "peerannot_dawid_skene", peers.get("peerannot"), small),
    ):
        if result := measured(python, contestant, its_size):
            n, per, K, people = its_size
            speed = n * per * result["iterations"] / result["seconds"] / 1e6
            cost = f"{result['seconds']:.2f} | {speed:.3g} | {result['megabytes']:.0f}"
            print(f"| {title} | {n:,} × {per}, {K}, {people} | {cost} |", flush=True)


def glad_table(peers: dict[str, str | None]) -> None:
    size = (4000, 5, 3, 100)
    print(f"\nGLAD until it settles, {size[0]:,} × {size[1]} votes, {size[2]} labels, {size[3]} people\n")
    print("| | CPU s | accuracy |")
    print("|---|---|---|")
    for title, contestant, python in (
        ("ours", "ours_glad", sys.executable),
        ("crowd-kit 1.4.2", "crowdkit_glad", peers.get("crowd-kit")),
    ):
        if figures := measured(python, contestant, size):
            print(f"| {title} | {figures['seconds']:.3f} | {figures['accuracy']:.4f} |", flush=True)


def methods_table(size: Size) -> None:
    sys.path[0] = str(ROOT)
    from annotate_kit.aggregation import registry

    n, per, K, people = size
    print(f"\nEvery method of ours until it settles, {n:,} × {per} votes, {K} labels (`kos`: 2), {people} people\n")
    print("| method | CPU s | iterations | accuracy | peak MB |")
    print("|---|---|---|---|---|")
    for name in registry.names:
        its_size = (*size[:2], 2, size[3]) if name == "kos" else size
        if result := measured(sys.executable, f"ours_{name}", its_size):
            figures = f"{result['seconds']:.2f} | {result['iterations']} | {result['accuracy']:.4f}"
            print(f"| `{name}` | {figures} | {result['megabytes']:.0f} |", flush=True)


def peer_python(name: str) -> str | None:
    """The Python of the peer's own environment, made when it is missing; None, after a line that says why, without."""
    folder = PEERS / name
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet"]
    steps = [[sys.executable, "-m", "venv", str(folder)], *([*install, *needs] for needs in NEEDS[name])]
    if (folder / "complete").exists():
        return str(python)
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name} is left out, it cannot be installed: {done.stderr.strip().splitlines()[-1]}")
            return None
    (folder / "complete").touch()
    return str(python)


def measured(python: str | None, contestant: str, size: Size) -> dict[str, float] | None:
    if python is None:
        return None
    command = [python, __file__, "--contestant", json.dumps([contestant, size])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{contestant} is left out: {done.stderr.strip().splitlines()[-1]}")
        return None
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def compete(contestant: str, size: Size) -> dict[str, float]:
    """Run in the contestant's own process: one crowd, one method, what it took."""
    crowd = simulated(size)
    who, _, method = contestant.partition("_")
    ready = {"ours": built_in, "paced": paced, "limit": limit, "crowdkit": crowdkit, "peerannot": peerannot}[who](
        method, crowd, size
    )
    started = time.process_time()
    labels, iterations = ready()
    return {
        "seconds": time.process_time() - started,
        "iterations": iterations,
        "accuracy": float(np.mean(labels == crowd[3])),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def simulated(size: Size) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Item, annotator and label of every vote, and the truth: people are right three to nine times in ten."""
    n, per, K, people = size
    rng = np.random.default_rng(0)
    truth = rng.integers(0, K, n).astype(np.int32)
    item = np.repeat(np.arange(n, dtype=np.int32), per)
    annotator = ((rng.integers(0, people, n)[:, None] + np.arange(per)) % people).ravel().astype(np.int32)
    right = rng.random(n * per) < rng.uniform(0.3, 0.9, people)[annotator]
    label = np.where(right, truth[item], rng.integers(0, K, n * per, dtype=np.int32))
    return item, annotator, label, truth


Ready = Callable[[], tuple[np.ndarray, int]]


def paced(method: str, crowd: tuple, size: Size) -> Ready:
    """Ours with a given number of iterations."""
    return built_in(method, crowd, size, max_iterations=ITERATIONS, tolerance=-np.inf)


def built_in(method: str, crowd: tuple, size: Size, **options: Any) -> Ready:
    sys.path[0] = str(ROOT)
    from annotate_kit.aggregation import Votes, registry

    entry = registry.load(method).aggregate
    item, annotator, label, truth = crowd
    votes = Votes(item, annotator, label, size[0], size[3], size[2])
    if "probabilities" in inspect.signature(entry).parameters:
        options["probabilities"] = np.full((size[0], size[2]), 1 / size[2])
    if method == "gold_majority_vote":
        options["gold"] = np.where(np.arange(size[0]) % 10 == 0, truth, -1)

    def run() -> tuple[np.ndarray, int]:
        result = entry(votes, **options)
        return result.labels(), result.iterations

    return run


def limit(method: str, crowd: tuple, size: Size) -> Ready:
    """Nothing but what EM cannot do without: two sparse products, a logarithm and an exponential."""
    from scipy import sparse

    item, annotator, label, _ = crowd
    n, _, K, people = size

    def run() -> tuple[np.ndarray, int]:
        answered = sparse.csr_matrix((np.ones(len(item)), (item, annotator * K + label)), shape=(n, people * K))
        T = np.bincount(item * K + label, minlength=n * K).reshape(n, K).astype(float)
        T /= T.sum(axis=1, keepdims=True)
        for _ in range(ITERATIONS):
            pi = (answered.T @ T).reshape(people, K, K) + 1e-9
            pi /= pi.sum(axis=1, keepdims=True)
            T = answered @ np.log(pi).reshape(people * K, K) + np.log(T.mean(axis=0))
            T -= T.max(axis=1, keepdims=True)
            np.exp(T, out=T)
            T /= T.sum(axis=1, keepdims=True)
        return T.argmax(axis=1), ITERATIONS

    return run


def crowdkit(method: str, crowd: tuple, size: Size) -> Ready:
    import pandas as pd
    from crowdkit.aggregation import GLAD, DawidSkene

    answers = pd.DataFrame(dict(zip(("task", "worker", "label"), crowd, strict=False)))
    model = DawidSkene(n_iter=ITERATIONS, tol=-np.inf) if method == "dawid_skene" else GLAD()

    def run() -> tuple[np.ndarray, int]:
        consensus = model.fit_predict(answers)
        return consensus.sort_index().to_numpy(), len(model.loss_history_)

    return run


def peerannot(method: str, crowd: tuple, size: Size) -> Ready:
    import importlib
    import importlib.util
    import types

    spec = importlib.util.find_spec("peerannot")
    assert spec and spec.submodule_search_locations
    models = types.ModuleType("peerannot.models")  # its own imports PyTorch and torchvision, which are not needed here
    models.__path__ = [f"{spec.submodule_search_locations[0]}/models"]
    sys.modules["peerannot.models"] = models
    entry = importlib.import_module("peerannot.models.aggregation.DS").Dawid_Skene
    answers: dict[int, dict[int, int]] = {}
    for task, worker, label in zip(*(axis.tolist() for axis in crowd[:3]), strict=True):
        answers.setdefault(task, {})[worker] = label

    def run() -> tuple[np.ndarray, int]:
        model = entry(answers, n_classes=size[2], n_workers=size[3])
        _, iterations = model.run(epsilon=-1.0, maxiter=ITERATIONS)
        return np.asarray(model.get_answers()), int(iterations)

    return run


if __name__ == "__main__":
    main()
