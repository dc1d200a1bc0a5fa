"""How a network is trained: peerannot's options and their defaults. It is read without PyTorch."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

OPTIMIZERS = ("sgd", "adam")
SCHEDULERS = ("multistep", "cosine", "none")


@dataclass(frozen=True)
class Settings:
    """ValueError says what would be right."""

    model: str = "resnet18"
    img_size: int = 224
    pretrained: Path | None = None
    n_epochs: int = 100
    lr: float = 0.1
    momentum: float = 0.9
    decay: float = 5e-4
    scheduler: str = "multistep"
    milestones: tuple[int, ...] = (50,)
    lr_decay: float = 0.1
    num_workers: int = 1
    batch_size: int = 64
    optimizer: str = "sgd"
    data_augmentation: bool = False
    freeze: bool = False
    small: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("img_size", "n_epochs", "num_workers", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{_option(name)} is {getattr(self, name)}; it must be at least 1")
        for name in ("lr", "lr_decay"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{_option(name)} is {getattr(self, name)}; it must be above 0")
        for name in ("momentum", "decay", "seed"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{_option(name)} is {getattr(self, name)}; it must be at least 0")
        if self.batch_size < 2:
            raise ValueError("--batch-size is 1; networks normalise by the others of a batch, so it must be at least 2")
        if min(self.milestones) < 1:
            raise ValueError(f"--milestones are numbers of epochs from 1 on; one is {min(self.milestones)}")
        if self.freeze and not self.pretrained:
            raise ValueError("--freeze trains the last layer alone; give the others' weights by --pretrained")

    def of_the_result(self) -> dict[str, Any]:
        """What decides the result, as plain values: all but how it is computed, and how long."""
        values = {name: value for name, value in asdict(self).items() if name not in ("num_workers", "n_epochs")}
        pretrained = str(self.pretrained) if self.pretrained else None
        return {**values, "pretrained": pretrained, "milestones": list(self.milestones)}


NAMES = [field.name for field in fields(Settings)]


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
