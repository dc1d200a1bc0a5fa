"""Training a network epoch by epoch, with a checkpoint after each: begun again, it ends as if it had not been ended."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn, optim

from annotate_kit import networks
from annotate_kit.formats.datasets.peerannot import FolderError
from annotate_kit.formats.datasets.peerannot.files import replacing

from .measuring import measure
from .pictures import Pictures, augmented, batches
from .settings import Settings

Watch = Callable[[int, int, str], None]
"""Told after each batch: how many batches are done, of how many, and how it goes."""
MANY = 256
FIGURES = ("train_loss", "val_loss", "val_accuracy", "test_accuracy", "test_loss")
"""What peerannot's results always have: a number an epoch, of the test one in the end."""


@dataclass
class Part:
    """Pictures whose labels are known, to measure the network on."""

    pictures: Pictures
    truth: NDArray[np.int64]


@dataclass
class Progress:
    """What a checkpoint keeps besides the weights."""

    epoch: int = 0
    least_loss: float = float("inf")
    history: dict[str, Any] = field(default_factory=lambda: {name: [] for name in FIGURES})


@dataclass(frozen=True)
class Files:
    """Where the best weights go, and the checkpoint while it is trained."""

    best: Path

    @property
    def checkpoint(self) -> Path:
        return self.best.with_suffix(".checkpoint")


def classifier(settings: Settings, n_labels: int) -> nn.Module:
    """The network of that name, with the weights of a file where one is named. Seeds all that is random."""
    torch.manual_seed(settings.seed)
    entry = networks.registry.load(settings.model)
    network: nn.Module = entry.make(n_labels, settings.img_size, settings.small)
    if settings.pretrained:
        _load_weights(network, settings.pretrained, entry.HEAD)
    for name, parameter in network.named_parameters():
        parameter.requires_grad = not settings.freeze or name.startswith(f"{entry.HEAD}.")
    return network


def _load_weights(network: nn.Module, path: Path, head: str) -> None:
    """All weights but the head's where that is for other labels. FolderError where the rest does not fit."""
    try:
        weights = torch.load(path, weights_only=True, map_location="cpu")
    except FileNotFoundError:
        raise FolderError(
            f"{path} is missing; --pretrained names a file of weights, as torch.save writes them"
        ) from None
    except Exception as error:  # torch has an error for every way in which a file can be none of its own
        raise FolderError(f"{path} is no file of weights that torch.load can read: {type(error).__name__}") from None
    weights = weights.get("classifier", weights) if isinstance(weights, dict) else {}
    own = network.state_dict()
    fitting = {name: value for name, value in weights.items() if name in own and own[name].shape == value.shape}
    if missing := [name for name in own if name not in fitting and not name.startswith(f"{head}.")]:
        raise FolderError(
            f"{path} has no weights that fit {missing[0]} and {len(missing) - 1} more; is it this network?"
        )
    network.load_state_dict({**own, **fitting})


def fit(
    objective: Any, train: Pictures, val: Part | None, settings: Settings, files: Files, *, identity: str, watch: Watch
) -> dict[str, Any]:
    """Train; what was measured in each epoch. The best weights (by the loss on `val`, else the last) are in the file.

    A checkpoint of the same `identity` is continued; ValueError for one of another.
    """
    optimizer, scheduler = optimizer_of(objective, settings)
    progress = _resume(files.checkpoint, objective, optimizer, scheduler, identity)
    for epoch in range(progress.epoch, settings.n_epochs):
        loss = one_epoch(objective, train, optimizer, settings, epoch, watch)
        progress.history["train_loss"].append(loss)
        if val:
            _validate(objective, val, progress, settings)
        if not val or progress.history["val_loss"][-1] < progress.least_loss:
            progress.least_loss = progress.history["val_loss"][-1] if val else loss
            _save(objective.weights(), files.best)
        scheduler.step()
        progress.epoch = epoch + 1
        _keep(files.checkpoint, objective, optimizer, scheduler, progress, identity)
    best = torch.load(files.best, weights_only=True)
    objective.classifier.load_state_dict(best.get("classifier", best))
    return progress.history


def predict(network: nn.Module, pictures: Any) -> NDArray[np.float64]:
    """(N, K) logits."""
    network.eval()
    with torch.no_grad():
        logits = [network(pictures.of(rows)).numpy() for rows in batches(len(pictures), MANY)]
    return np.concatenate(logits).astype(np.float64)


def optimizer_of(objective: nn.Module, settings: Settings) -> tuple[Any, Any]:
    """The optimizer of what is to be trained, and what changes its rate."""
    parameters = [parameter for parameter in objective.parameters() if parameter.requires_grad]
    optimizer: optim.Optimizer
    if settings.optimizer == "adam":
        optimizer = optim.Adam(parameters, lr=settings.lr)
    else:
        optimizer = optim.SGD(parameters, lr=settings.lr, momentum=settings.momentum, weight_decay=settings.decay)
    schedules = optim.lr_scheduler
    if settings.scheduler == "cosine":
        return optimizer, schedules.CosineAnnealingWarmRestarts(optimizer, settings.milestones[0], eta_min=1e-4)
    milestones = settings.milestones if settings.scheduler == "multistep" else ()
    return optimizer, schedules.MultiStepLR(optimizer, sorted(milestones), gamma=settings.lr_decay)


def one_epoch(
    objective: Any,
    train: Any,
    optimizer: Any,
    settings: Settings,
    epoch: int,
    watch: Watch = lambda done, of, how: None,
) -> float:
    """The mean loss of a picture. What is random depends on the seed and the epoch alone."""
    rng = np.random.default_rng([settings.seed, epoch])
    torch.manual_seed(int(rng.integers(2**62)))
    objective.train()
    cut = list(batches(len(train), settings.batch_size, rng.permutation(len(train))))
    total, seen = 0.0, 0
    for number, rows in enumerate(cut, 1):
        pictures = train.of(rows)
        if settings.data_augmentation:
            pictures = augmented(pictures, rng)
        optimizer.zero_grad()
        loss = objective.loss(pictures, torch.from_numpy(rows))
        loss.backward()
        optimizer.step()
        total, seen = total + float(loss.detach()) * len(rows), seen + len(rows)
        if not np.isfinite(total):
            raise ValueError(f"the loss is no number any more in epoch {epoch + 1}; train with a lower --lr")
        how = f"epoch {epoch + 1} of {settings.n_epochs}, loss {total / seen:.4f}"
        watch(epoch * len(cut) + number, settings.n_epochs * len(cut), how)
    return total / seen


def _validate(objective: Any, val: Part, progress: Progress, settings: Settings) -> None:
    figures = measure(predict(objective.classifier, val.pictures), val.truth)
    progress.history["val_loss"].append(figures.pop("loss"))
    progress.history["val_accuracy"].append(figures.pop("accuracy"))
    figures.pop("ece")
    progress.history |= {f"val_{name}": value for name, value in figures.items()}


def _save(weights: dict[str, Any], path: Path) -> None:
    with replacing(path) as aside:
        torch.save(weights, aside)


def _keep(path: Path, objective: Any, optimizer: Any, scheduler: Any, progress: Progress, identity: str) -> None:
    states = {"objective": objective, "optimizer": optimizer, "scheduler": scheduler}
    stored = {name: holder.state_dict() for name, holder in states.items()}
    _save({**stored, "progress": vars(progress), "identity": identity}, path)


def _resume(path: Path, objective: Any, optimizer: Any, scheduler: Any, identity: str) -> Progress:
    if not path.exists():
        return Progress()
    checkpoint = torch.load(path, weights_only=True)
    if checkpoint["identity"] != identity:
        raise ValueError(
            f"{path} is of a training with other options or labels; give these to continue it, or --restart"
        )
    for name, holder in (("objective", objective), ("optimizer", optimizer), ("scheduler", scheduler)):
        holder.load_state_dict(checkpoint[name])
    return Progress(**checkpoint["progress"])
