"""One step after another of `crowd train` and of peerannot's training, from the same weights on the same batches.

    PYTHON benchmarks/network_loops.py [--pictures 512] [--epochs 2]

PYTHON is of the environment that `benchmarks/networks.py` makes (var/peers/networks/bin/python) or takes. A ResNet-18
learns soft labels of Dawid–Skene by both: printed are how far pictures, labels, losses and weights are apart.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder

# ruff: noqa: E402
import numpy as np

from benchmarks.networks import make_folder, stand_in_for_torchvision

LABELS = "labels/labels_digits_ds.npy"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=512)
    parser.add_argument("--epochs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "labelme_digits"
        make_folder(place, options.pictures)
        stand_in_for_torchvision()
        compare(place, options.epochs)


def compare(place: Path, epochs: int) -> None:
    import torch
    from peerannot.runners.train import get_model, get_optimizer, run_epoch

    from annotate_kit.deep.objectives import Labels
    from annotate_kit.deep.pictures import batches
    from annotate_kit.deep.settings import Settings
    from annotate_kit.deep.training import _epoch, _optimizer, classifier

    settings = Settings(model="resnet18", img_size=32, lr=0.01, n_epochs=epochs)
    pictures, targets, X, Y = both_data(place, settings)
    own, other = classifier(settings, 10), get_model("resnet18", 10)
    other.load_state_dict(own.state_dict())
    objective = Labels(own, targets)
    optimizer, _ = _optimizer(objective, settings)
    choices = {"lr": settings.lr, "momentum": settings.momentum, "decay": settings.decay}
    peers, _ = get_optimizer(other, "SGD", milestones=[50], scheduler="multistep", lr_decay=0.1, **choices)
    print(f"pictures differ by {(pictures.of(np.arange(len(X))) - X).abs().max()}, labels by {abs(Y - targets).max()}")
    log: dict[str, list[float]] = {"train_loss": []}
    for epoch in range(epochs):
        rng = np.random.default_rng([settings.seed, epoch])
        rng.integers(2**62)  # which seeds what a network draws while it learns
        order = list(batches(len(X), settings.batch_size, rng.permutation(len(X))))
        loss = _epoch(objective, pictures, optimizer, settings, epoch, lambda *progress: None)
        loader = [(X[rows], torch.from_numpy(Y[rows])) for rows in order]
        run_epoch(other, loader, torch.nn.CrossEntropyLoss(), peers, log)
        peers_weights = other.state_dict()
        apart = max(float((value - peers_weights[name]).abs().max()) for name, value in own.state_dict().items())
        print(f"epoch {epoch + 1}: loss {loss:.6f} and {log['train_loss'][-1] / len(order):.6f}, weights apart {apart}")


def both_data(place: Path, settings: Any) -> tuple[Any, np.ndarray, Any, np.ndarray]:
    """Pictures and soft labels as our training reads them, and as peerannot's does, in our order."""
    import torch
    from peerannot.runners.train import load_all_data

    from annotate_kit.deep.folders import Run, _pictures, pictures_of, targets_of
    from annotate_kit.formats.datasets import peerannot

    run = Run(place, "digits", peerannot.read_metadata(place / "metadata.json"), None, True)
    images, _ = pictures_of(run, "train")
    targets, _ = targets_of(place / LABELS, images, run)
    reading = {"img_size": settings.img_size, "data_augmentation": False, "path_remove": None}
    data, _, _ = load_all_data(place, place / LABELS, labels=str(place / LABELS), **reading)
    row = {path: number for number, (path, _) in enumerate(data.samples)}
    rows = [row[str(image.path)] for image in images]
    return _pictures(images, settings), targets, torch.stack([data[n][0] for n in rows]), np.stack(data.targets)[rows]


if __name__ == "__main__":
    main()
