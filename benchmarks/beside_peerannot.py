"""Every strategy, identification and simulation of peerannot beside ours in one table: how far they agree.

    .venv/bin/python benchmarks/beside_peerannot.py [--seeds 2] [--only folders] [--python PYTHON]

Folders are simulated by both, with the same options; each is aggregated and identified by both commands. Strategies:
the share of the tasks with the same label, among those that both decide, the largest difference of a probability, and
how many labels are right. Identifications: the correlation of ranks, and the largest difference of a number; those that
train are in `benchmarks/margins.py`. Networks: the same of all pictures after training from the same weights on the
same batches, by `benchmarks/network_loops.py`. Simulations: how many votes and majorities are right. peerannot is two
releases, since none of them runs all of it (post33: the strategies of its documentation; post43: wawa, iwmv, plantnet),
beside each other under var/peers/; `benchmarks/networks.py` says what stands in for torchvision.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
RELEASES = ROOT / "var" / "peers" / "releases"
SIMULATIONS = ("hammer-spammer", "student-teacher", "independent-confusion", "discrete-difficulty")
SIZES = ["--n-worker", "30", "--n-task", "200", "-K", "5", "-r", "0.4", "-fb", "5"]
STRATEGIES = {
    "post33": ["MV", "NaiveSoft", "DS", "DSWC", "GLAD", "WDS", "TwoThird"],
    "post43": ["wawa", "iwmv", "plantnet"],
}
METHODS = {
    "entropy": "entropies",
    "trace_confusion": "traces_confusion",
    "spam_score": "spam_score",
    "krippendorffAlpha": "krippendorff_alpha",
}
PARTS = ("folders", "margins", "networks")
Figures = dict[str, list[tuple[float, ...]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--python", help="of an environment that has PyTorch")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS, help="parts of the table")
    parser.add_argument("--commands", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path[0] = str(ROOT)
    if options.commands:
        run_peerannot(json.loads(options.commands))
        return
    from benchmarks.networks import peer_python

    python = options.python or peer_python()
    releases = {name: installed(name, python) for name in STRATEGIES}
    print("| | peerannot's name | measured | mean | lowest | largest difference | right: ours | peerannot's |")
    print("|---" * 8 + "|", flush=True)
    if "folders" in options.only:
        folders_side_by_side(options.seeds, releases, python)
    if "margins" in options.only:
        margins_side_by_side(options.seeds, python)
    if "networks" in options.only:
        networks_side_by_side(releases["post43"], python)


def folders_side_by_side(seeds: int, releases: dict[str, Path], python: str) -> None:
    figures: dict[str, Figures] = {"strategies": {}, "methods": {}, "simulations": {}}
    with tempfile.TemporaryDirectory() as place:
        folders = simulated(Path(place), seeds, releases["post33"], python)
        for folder in folders:
            maker, _, simulation = folder.name.rpartition("-")[0].partition("-")
            figures["simulations"].setdefault(f"{simulation} {maker}", []).append(described(folder))
        for release, strategies in STRATEGIES.items():
            methods = list(METHODS) if release == "post33" else []
            peerannot(
                [row for folder in folders for row in work(folder, strategies, methods)], releases[release], python
            )
            for folder in folders:
                compare(folder, strategies, methods, figures)
    print_folders(figures)


def installed(release: str, python: str) -> Path:
    """The folder of a release of peerannot, without what it depends on."""
    folder = RELEASES / release
    if not folder.exists():
        command = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
        subprocess.run([*command, f"peerannot==0.0.1.{release}"], check=True)
    return folder


def simulated(place: Path, seeds: int, release: Path, python: str) -> list[Path]:
    """The folders, named after who made them, how, and by which seed."""
    from annotate_kit import cli

    commands, folders = [], []
    for simulation in SIMULATIONS:
        for seed in map(str, range(seeds)):
            own, other = (place / f"{maker}-{simulation}-{seed}" for maker in ("annotate_kit", "peerannot"))
            cli.run(["simulate", str(own), "-s", simulation, *SIZES, "--seed", seed])
            commands.append(["simulate", "--folder", str(other), "-s", simulation, *SIZES, "--seed", seed])
            folders += [own, other]
    peerannot(commands, release, python)
    return [folder for folder in folders if (folder / "answers.json").exists()]  # what fails is told of


def work(folder: Path, strategies: list[str], methods: list[str]) -> list[list[str]]:
    """The commands for a folder."""
    labels = ["-K", "5", "--labels", str(folder / "answers.json")]
    aggregations = [["aggregate", str(folder), "-s", strategy] for strategy in strategies]
    return aggregations + [["identify", str(folder), "-s", method, *labels] for method in methods]


def compare(folder: Path, strategies: list[str], methods: list[str], figures: dict[str, Figures]) -> None:
    """Have our command do what the release has done, and note how far they agree."""
    name = json.loads((folder / "metadata.json").read_text())["name"]
    for strategy in strategies:
        path = folder / "labels" / f"labels_{name}_{strategy.lower()}.npy"
        if pair := both(path, ["aggregate", str(folder), "-s", strategy]):
            truth = np.load(folder / "ground_truth.npy")
            figures["strategies"].setdefault(strategy, []).append(agreement(*pair, truth))
    for method in methods:
        path = folder / "identification" / f"{METHODS[method]}.npy"
        if pair := both(path, ["identify", str(folder), "-s", method]):
            figures["methods"].setdefault(method, []).append(nearness(*pair))


def both(path: Path, command: list[str]) -> tuple[np.ndarray, np.ndarray] | None:
    """What peerannot has written, and what our command writes in its place; None where peerannot wrote nothing."""
    from annotate_kit import cli

    if not path.exists():
        return None
    other = np.load(path)
    path.unlink()
    cli.run(command)
    return np.load(path), other


def agreement(own: np.ndarray, other: np.ndarray, truth: np.ndarray) -> tuple[float, ...]:
    """The share of equal labels where both decide, the largest difference of a probability (NaN of labels), and how
    many of these labels are right, ours and theirs.
    """
    a, b = (array if array.ndim == 1 else array.argmax(axis=1) for array in (own, other))
    decided = (a >= 0) & (b >= 0)
    apart = float(np.abs(own - other).max()) if own.ndim == other.ndim == 2 else np.nan
    return float((a == b)[decided].mean()), apart, *(float((x == truth)[decided].mean()) for x in (a, b))


def nearness(own: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """The correlation of ranks (NaN of one number), and the largest difference."""
    from scipy.stats import spearmanr

    own, other = np.ravel(own), np.ravel(other)
    rank = float(spearmanr(own, other, nan_policy="omit").statistic) if len(own) > 1 else np.nan
    return rank, float(np.nanmax(np.abs(own - other)))


def described(folder: Path) -> tuple[float, float]:
    """(share of the votes that are right, share of the majorities that are right)."""
    from annotate_kit.aggregation import aggregate
    from annotate_kit.cli.folders import votes_of
    from annotate_kit.formats.datasets.peerannot import read_folder

    votes, truth = votes_of(read_folder(folder)), np.load(folder / "ground_truth.npy")
    majority = aggregate(votes, "majority_vote", seed=0).labels()
    return float((votes.label == truth[votes.item]).mean()), float((majority == truth).mean())


def peerannot(commands: list[list[str]], release: Path, python: str) -> None:
    """Run commands of a release one by one in a process of its own; one that fails is told of."""
    environment = {**os.environ, "PYTHONPATH": str(release), "OMP_NUM_THREADS": "1"}
    command = [python, __file__, "--commands", json.dumps(commands)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    for line in done.stderr.splitlines():
        if line.startswith("left out: "):
            print(f"{release.name}, {line}", flush=True)
    if done.returncode:
        raise SystemExit(done.stderr)


def run_peerannot(commands: list[list[str]]) -> None:
    """In the process of a release."""
    from benchmarks.networks import stand_in_for_torchvision

    stand_in_for_torchvision()
    from peerannot.runners.identify import identification
    from peerannot.runners.run import run
    from peerannot.runners.simulate import simulation

    groups = {"aggregate": run, "identify": identification, "simulate": simulation}
    for command in commands:
        try:
            groups[command[0]].main(command, standalone_mode=False)
        except Exception as error:  # whatever a release fails by, the others are wanted
            print(f"left out: {' '.join(command)}: {type(error).__name__}: {error}", file=sys.stderr)


def print_folders(figures: dict[str, Figures]) -> None:
    for name, rows in figures["strategies"].items():
        same, apart, own, other = np.array(rows).T
        row("aggregate", name, "same label", same, apart.max(), own.mean(), other.mean())
    for name, rows in figures["methods"].items():
        rank, apart = np.array(rows).T
        row("identify", name, "ranks", rank, apart.max())
    for name in SIMULATIONS:
        own, other = (np.array(figures["simulations"][f"{name} {by}"]) for by in ("annotate_kit", "peerannot"))
        for place, what in enumerate(("votes", "majorities")):
            apart = abs(own[:, place] - other[:, place])
            row("simulate", name, f"right {what}", [], apart.max(), own[:, place].mean(), other[:, place].mean())


def margins_side_by_side(seeds: int, python: str) -> None:
    """Identifications that train a classifier."""
    from benchmarks import margins

    for name, rows in margins.compared(seeds, python).items():
        row("identify", name, "ranks", np.array(rows).T[0])


def networks_side_by_side(release: Path, python: str) -> None:
    """Networks that both train from the same weights."""
    script = str(ROOT / "benchmarks" / "network_loops.py")
    environment = {**os.environ, "PYTHONPATH": str(release), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([python, script, "--json"], capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(done.stderr)
    for line in done.stdout.splitlines():
        name, figures = json.loads(line)
        row("network", name, "same label", [figures["same label"]], figures["weights apart"])


def row(kind: str, name: str, measured: str, values: Any, *others: float) -> None:
    """`others`: the largest difference, and how much is right by ours and by theirs, as far as they are measured."""
    numbers = [np.mean(values), np.min(values)] if len(values) else [np.nan, np.nan]
    cells = [*numbers, *others, *[np.nan] * (3 - len(others))]
    texts = [f"{cell:.4f}" if place != 2 and not np.isnan(cell) else shown(cell) for place, cell in enumerate(cells)]
    print(f"| {kind} | `{name}` | {measured} | {' | '.join(texts)} |", flush=True)


def shown(number: Any) -> str:
    return "–" if np.isnan(number) else f"{number:.2g}"


if __name__ == "__main__":
    main()
