"""One step after another of `crowd train` and of peerannot's training, from the same weights on the same batches.

    PYTHON benchmarks/network_loops.py [--pictures 512] [--epochs 2]

PYTHON is of the environment that `benchmarks/networks.py` makes (var/peers/networks/bin/python) or takes. A ResNet-18
learns soft labels of Dawid–Skene by both, and the votes through CrowdLayer and through CoNAL; pictures and labels must
be the same. Printed are the share of the pictures with the same label in the end, how far the weights are apart, and
the losses of the last epoch.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder

# ruff: noqa: E402
import numpy as np

from benchmarks.networks import make_folder, stand_in_for_torchvision

LABELS = "labels/labels_digits_ds.npy"
SCALE = 1e-4
"""How far CoNAL pushes people's matrices away from the crowd's."""


class InDouble:
    """Pictures in double precision: sums over votes go in another order, and training magnifies what is rounded."""

    def __init__(self, pictures: Any) -> None:
        self.pictures = pictures

    def __len__(self) -> int:
        return len(self.pictures)

    def of(self, rows: Any) -> Any:
        return self.pictures.of(rows).double()


@dataclass(frozen=True)
class Data:
    """What both learn from: (N, 3, size, size) pictures, (N, K) probabilities, and the votes on the pictures."""

    pictures: Any
    X: Any
    probabilities: np.ndarray
    votes: Any

    @property
    def table_of_votes(self) -> np.ndarray:
        """(N, A) labels, -1 where somebody has not voted, as peerannot's networks read them."""
        table = np.full((self.votes.n_items, self.votes.n_annotators), -1)
        table[self.votes.item, self.votes.annotator] = self.votes.label
        return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="one row a line, for benchmarks/beside_peerannot.py")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "labelme_digits"
        with redirect_stdout(sys.stderr):
            make_folder(place, options.pictures)
            stand_in_for_torchvision()
            rows = list(compared(place, options.epochs))
    for name, row in rows:
        print(json.dumps([name, row]) if options.json else f"{name}: {in_words(row)}")


def in_words(row: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.6g}" for name, value in row.items())


def compared(place: Path, epochs: int) -> Iterator[tuple[str, dict[str, float]]]:
    """(command, figures) of each kind of training, side by side."""
    from annotate_kit.deep.settings import Settings

    settings = Settings(model="resnet18", img_size=32, lr=0.001, n_epochs=epochs)
    import torch

    data = both_data(place, settings)
    yield "train", side_by_side(labels_of_both(data, settings), data, settings)
    torch.set_default_dtype(torch.float64)
    data = replace(data, pictures=InDouble(data.pictures), X=data.X.double())
    yield "aggregate-deep -s crowdlayer", side_by_side(crowd_layers(data, settings), data, settings)
    yield "aggregate-deep -s conal", side_by_side(conals(data, settings), data, settings)
    yield "aggregate-deep -s conal, softmax", side_by_side(conals(data, settings, softmax=True), data, settings)


class Both(NamedTuple):
    """Our objective, their classifier, the weights of both, which begin alike, their epoch, and what they learn."""

    own: Any
    other: Any
    same: list[tuple[Any, Any]]
    epoch: Callable[[Any, Any], None]
    targets: np.ndarray


def side_by_side(both: Both, data: Data, settings: Any) -> dict[str, float]:
    """Train both on the same batches."""
    import torch

    from annotate_kit.deep.pictures import batches
    from annotate_kit.deep.training import one_epoch, optimizer_of, predict

    with torch.no_grad():
        for own_weight, other_weight in both.same:
            other_weight.copy_(own_weight)
    optimizer, _ = optimizer_of(both.own, settings)
    log: dict[str, list[float]] = {"train_loss": []}
    for epoch in range(settings.n_epochs):
        rng = np.random.default_rng([settings.seed, epoch])
        rng.integers(2**62)  # which seeds what a network draws while it learns
        order = list(batches(len(data.X), settings.batch_size, rng.permutation(len(data.X))))
        loss = one_epoch(both.own, data.pictures, optimizer, settings, epoch, lambda *progress: None)
        both.epoch([(data.X[rows], torch.from_numpy(both.targets[rows])) for rows in order], log)
    labels = [predict(network, data.pictures).argmax(axis=1) for network in (both.own.classifier, both.other)]
    return {
        "same label": float((labels[0] == labels[1]).mean()),
        "weights apart": max(
            float((own_weight - other_weight).detach().abs().max()) for own_weight, other_weight in both.same
        ),
        "our loss": loss,
        "their loss": log["train_loss"][-1] / len(order),
    }


def labels_of_both(data: Data, settings: Any) -> Both:
    from peerannot.runners.train import get_model, run_epoch
    from torch import nn

    from annotate_kit.deep.objectives import Labels
    from annotate_kit.deep.training import classifier

    own, other = Labels(classifier(settings, 10), data.probabilities), get_model("resnet18", 10)
    optimizer, criterion = optimizer_of(other, settings), nn.CrossEntropyLoss()

    def epoch(loader: Any, log: Any) -> None:
        run_epoch(other, loader, criterion, optimizer, log)

    return Both(own, other, pairs(own.classifier, other), epoch, data.probabilities)


def crowd_layers(data: Data, settings: Any) -> Both:
    from peerannot.models.agg_deep.Crowdlayer import Crowdlayer, Crowdlayer_net
    from peerannot.runners.train import get_model
    from torch import nn

    from annotate_kit.deep.objectives import CrowdLayer
    from annotate_kit.deep.training import classifier

    own = CrowdLayer(classifier(settings, 10), data.votes, 0, 0.0)
    net = Crowdlayer_net(10, data.votes.n_annotators, get_model("resnet18", 10))
    optimizers = optimizer_of(net.classifier, settings), optimizer_of(net.confusion, settings, use_parameters=False)
    criterion, model = nn.CrossEntropyLoss(ignore_index=-1), SimpleNamespace(n_classes=10)

    def epoch(loader: Any, log: Any) -> None:
        Crowdlayer.run_epoch(model, net, loader, criterion, *optimizers, log)

    same = [*pairs(own.classifier, net.classifier), (own.confusion, net.confusion)]
    return Both(own, net.classifier, same, epoch, data.table_of_votes)


def conals(data: Data, settings: Any, *, softmax: bool = False) -> Both:
    """peerannot multiplies people's matrices with logits, the paper with probabilities; `softmax` makes them these."""
    from peerannot.models.agg_deep.CoNAL import CoNAL, CoNAL_net
    from peerannot.runners.train import get_model
    from torch import nn

    from annotate_kit.deep import objectives
    from annotate_kit.deep.training import classifier

    people, n_pixels = data.votes.n_annotators, 3 * settings.img_size**2
    own = objectives.CoNAL(classifier(settings, 10), data.votes, n_pixels, SCALE)
    sizes = {"annotator_dim": people, "embedding_dim": objectives.EMBEDDING}
    network = get_model("resnet18", 10)
    classes = nn.Sequential(network, nn.Softmax(dim=1)) if softmax else network
    net = CoNAL_net(n_pixels, 10, people, classes, **sizes)
    optimizer, criterion = optimizer_of(net, settings), nn.CrossEntropyLoss(ignore_index=-1)
    model = SimpleNamespace(n_classes=10, n_workers=people, scale=SCALE)

    def epoch(loader: Any, log: Any) -> None:
        CoNAL.run_epoch(model, net, loader, criterion, optimizer, log)

    noise, auxiliary = net.noise_adaptation_layer, net.auxiliary_network
    same = [
        *pairs(own.classifier, network),
        (own.common, noise.global_confusion_matrix),
        (own.own, noise.local_confusion_matrices),
        *pairs(own.of_picture[0], auxiliary.weight_v1),
        *pairs(own.of_picture[1], auxiliary.weight_v2),
        *pairs(own.of_person, auxiliary.weight_u),
    ]
    return Both(own, net.classifier, same, epoch, data.table_of_votes)


def pairs(own: Any, other: Any) -> list[tuple[Any, Any]]:
    other_weights = other.state_dict()
    return [(value, other_weights[name]) for name, value in own.state_dict().items()]


def optimizer_of(other: Any, settings: Any, **options: Any) -> Any:
    from peerannot.runners.train import get_optimizer

    choices = {"lr": settings.lr, "momentum": settings.momentum, "decay": settings.decay, **options}
    return get_optimizer(other, "SGD", milestones=[50], scheduler="multistep", lr_decay=0.1, **choices)[0]


def both_data(place: Path, settings: Any) -> Data:
    """Pictures and soft labels as our training reads them, which must be what peerannot's reads; and the votes."""
    import torch
    from peerannot.runners.train import load_all_data

    from annotate_kit.deep.folders import Run, _pictures, pictures_of, targets_of, votes_on
    from annotate_kit.formats.datasets import peerannot

    run = Run(place, "digits", peerannot.read_metadata(place / "metadata.json"), None, True)
    images, _ = pictures_of(run, "train")
    targets, _ = targets_of(place / LABELS, images, run)
    answers = peerannot.read_answers(place / "answers.json")
    votes = votes_on(images, answers, {int(key): row for row, key in enumerate(answers.keys)}, run.metadata)
    reading = {"img_size": settings.img_size, "data_augmentation": False, "path_remove": None}
    data, _, _ = load_all_data(place, place / LABELS, labels=str(place / LABELS), **reading)
    row = {path: number for number, (path, _) in enumerate(data.samples)}
    rows = [row[str(image.path)] for image in images]
    pictures, X = _pictures(images, settings), torch.stack([data[n][0] for n in rows])
    apart = (pictures.of(np.arange(len(X))) - X).abs().max(), abs(np.stack(data.targets)[rows] - targets).max()
    if max(map(float, apart)) > 0:
        raise SystemExit(f"pictures differ by {apart[0]}, labels by {apart[1]}")
    return Data(pictures, X, targets, votes)


if __name__ == "__main__":
    main()
