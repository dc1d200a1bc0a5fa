"""AUM, WAUM and WAUM per worker beside peerannot's: the same classifier, labels, votes and epochs by both.

    .venv/bin/python benchmarks/margins.py [--seeds 3] [--python PYTHON]

Folders of scikit-learn's digits, 8 × 8, with simulated people. Both train softmax regression on the standardised pixels
by stochastic gradient descent: ours through `crowd identify --features`, peerannot's as a network of one layer, which
begins at zero as ours does. Pictures are numbered as peerannot's ImageFolder orders them, since its WAUM per worker
takes the one for the other. Printed is the correlation of ranks of the tasks' areas, and the share of the tasks that
both have among the tenth with the smallest. `benchmarks/beside_peerannot.py` puts the rows into its table.
"""

import argparse
import copy
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder

# ruff: noqa: E402
import numpy as np

LABELS, TASKS, EPOCHS, ALPHA = 10, 300, 20, 0.1
NETWORK = "resnet_linear"  # peerannot puts a last layer on what has `resnet` in its name
OPTIONS = ["-K", str(LABELS), "--n-epochs", str(EPOCHS), "--alpha", str(ALPHA)]
ROWS = {
    "AUM": ("AUM", "post33", "aum/aum_values.csv"),
    "WAUM": ("WAUM", "post33", f"waum_{ALPHA}_yang/waum.csv"),
    "WAUM_perworker": ("WAUM_perworker", "post33", f"waum_perworker_{ALPHA}_yang/waum.csv"),
    "WAUM_perworker, fresh": ("WAUM_perworker", "post33", f"waum_perworker_{ALPHA}_yang/waum.csv"),
}
"""Row of the table: method, release, and the file that it writes."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--python", help="of an environment that has PyTorch")
    parser.add_argument("--peerannot", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peerannot:
        run_peerannot(**json.loads(options.peerannot))
        return
    from benchmarks.networks import peer_python

    for name, figures in compared(options.seeds, options.python or peer_python()).items():
        print(name, " ".join(f"{rank:.3f}/{smallest:.3f}" for rank, smallest in figures))


def compared(seeds: int, python: str) -> dict[str, list[tuple[float, ...]]]:
    """{row: for each seed (correlation of ranks, share of the smallest tenth that both have)}."""
    from annotate_kit import cli
    from benchmarks.beside_peerannot import installed

    figures: dict[str, list[tuple[float, ...]]] = {}
    with tempfile.TemporaryDirectory() as place:
        for seed in range(seeds):
            folder = Path(place) / f"labelme_{seed}"
            make_folder(folder, seed)
            files = ["--features", str(folder / "features.npy"), "--hard-labels", str(folder / "ground_truth.npy")]
            for row, (method, release, file) in ROWS.items():
                arguments = {"folder": str(folder), "row": row, "seed": seed}
                run_release(arguments, installed(release, python), python)
                cli.run(["identify", str(folder), "-s", method, *OPTIONS, *files, "--seed", str(seed)])
                other, own = (areas(folder / "identification" / name / file) for name in (NETWORK, "logistic"))
                figures.setdefault(row, []).append(agreement(own, other))
    return figures


def make_folder(folder: Path, seed: int) -> None:
    """Pictures in class folders, numbered in the classes' order; votes, truth, and the pixels as features."""
    from PIL import Image
    from sklearn.datasets import load_digits

    from annotate_kit.formats.datasets import peerannot
    from benchmarks.networks import PEOPLE, simulated_votes

    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(y))[:TASKS]
    chosen = chosen[np.argsort(y[chosen], kind="stable")]
    pixels = (X[chosen] * 255 / 16).astype(np.uint8)
    for key, (picture, label) in enumerate(zip(pixels, y[chosen], strict=True)):
        place = folder / "train" / str(label)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture.reshape(8, 8)).save(place / f"digit-{key:04}.png")
    votes = simulated_votes(y[chosen], rng)
    peerannot.write_answers(folder / "answers.json", *votes, range(TASKS))
    sizes = {"n_classes": LABELS, "n_workers": PEOPLE, "n_task": TASKS}
    peerannot.save_json(folder / "metadata.json", {"name": "digits", **sizes})
    peerannot.save_array(folder / "features.npy", pixels / 255)
    peerannot.save_array(folder / "ground_truth.npy", y[chosen])


def areas(file: Path) -> np.ndarray:
    """(N,) the tasks' areas as a file has them, in the tasks' order."""
    with file.open(encoding="utf-8") as rows:
        table = list(csv.DictReader(rows))
    number = "index" if "index" in table[0] else "sample_id"
    area = "waum" if "waum" in table[0] else "AUM_yang"
    return np.array([float(row[area]) for row in sorted(table, key=lambda row: int(row[number]))])


def agreement(own: np.ndarray, other: np.ndarray) -> tuple[float, ...]:
    from scipy.stats import spearmanr

    n = len(own) // 10
    smallest = set(np.argsort(own)[:n]) & set(np.argsort(other)[:n])
    return float(spearmanr(own, other).statistic), len(smallest) / n


def run_release(arguments: dict[str, Any], release: Path, python: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(release), "OMP_NUM_THREADS": "1"}
    command = [python, __file__, "--peerannot", json.dumps(arguments)]
    folder = arguments["folder"]  # peerannot writes ./temp
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    if done.returncode:
        raise SystemExit(done.stderr)


def run_peerannot(folder: str, row: str, seed: int) -> None:
    """In the process of a release."""
    import torch

    from benchmarks.networks import stand_in_for_torchvision

    stand_in_for_torchvision()
    features = np.load(Path(folder) / "features.npy")
    torch.hub.list = lambda *_, **__: [NETWORK]
    torch.hub.load = lambda *_, **__: one_layer(features)
    method, _, _ = ROWS[row]
    if method == "WAUM_perworker":
        per_worker(Path(folder), fresh="fresh" in row, seed=seed)
        return
    from peerannot.runners.identify import identification

    labels = ["--labels", str(Path(folder) / "answers.json"), "--model", NETWORK, "--img-size", "8"]
    identification.main(
        ["identify", folder, "-s", method, *OPTIONS, *labels, "--seed", str(seed)], standalone_mode=False
    )


def one_layer(features: np.ndarray) -> Any:
    """Softmax regression on the pixels as ours prepares them, from zero; `fc` is what peerannot looks for."""
    import torch
    from torch import nn

    mean, deviation = (torch.from_numpy(row).float() for row in (features.mean(axis=0), features.std(axis=0)))
    deviation[deviation == 0] = 1.0

    class OneLayer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(features.shape[1], LABELS)
            nn.init.zeros_(self.fc.weight)
            nn.init.zeros_(self.fc.bias)

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            grey = (pictures[:, 0] * 0.229 + 0.485).flatten(1)  # without peerannot's own scaling
            return self.fc((grey - mean) / deviation / features.shape[1] ** 0.5)

    return OneLayer()


def per_worker(folder: Path, *, fresh: bool, seed: int) -> None:
    """What the command cannot do, since it hands over data of another form; `fresh`: each worker's network is reset."""
    import torch
    from peerannot.models import WAUM_perworker
    from peerannot.runners.identify import DatasetWithIndex
    from peerannot.runners.train import get_model, get_optimizer
    from peerannot.training.load_data import load_data
    from torch import nn

    torch.manual_seed(seed)
    data = load_data(folder / "train", None, img_size=8, data_augmentation=False)

    class Tasks(DatasetWithIndex):
        def __init__(self, pictures: Any) -> None:
            self.pictures = DatasetWithIndex(pictures)
            self.dataset = SimpleNamespace(dataset=pictures)

        def __len__(self) -> int:
            return len(self.pictures)

        def __getitem__(self, index: int) -> Any:
            return self.pictures[index]

    model = get_model(NETWORK, LABELS)
    optimizer, _ = get_optimizer(model, "SGD", lr=0.1, momentum=0.9, decay=5e-4, scheduler=False)
    votes = {int(key): row for key, row in json.loads((folder / "answers.json").read_text()).items()}
    workers = {"maxiterDS": 50, "n_workers": json.loads((folder / "metadata.json").read_text())["n_workers"]}
    method = WAUM_perworker(
        Tasks(data), votes, LABELS, model, nn.CrossEntropyLoss(), optimizer, EPOCHS, verbose=False, **workers
    )
    if fresh:
        method.checkpoint = copy.deepcopy(method.checkpoint)
    method.run(alpha=ALPHA)
    place = folder / "identification" / NETWORK / f"waum_perworker_{ALPHA}_yang"
    place.mkdir(parents=True, exist_ok=True)
    method.waum.to_csv(place / "waum.csv", index=False)


if __name__ == "__main__":
    main()
