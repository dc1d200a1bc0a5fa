"""Pictures of a dataset: `train/<class>/<name>-<key>.<ext>`, and the order of the classes."""

import re
from pathlib import Path
from typing import NamedTuple

from .files import FolderError

CIFAR = ["plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
"""The labels' order in datasets that have "cifar" in their path; in all others it is the alphabet's."""


class Image(NamedTuple):
    path: Path
    class_name: str
    key: int  # the task's in answers.json


def read_images(part: Path) -> list[Image]:
    """The pictures of a part (`train`, `val`, `test`), by class and name as ImageFolder has them; [] without it."""
    return [
        Image(file, folder.name, key_of(file))
        for folder in _subfolders(part)
        for file in sorted(folder.iterdir())
        if file.is_file() and not file.name.startswith(".")
    ]


def read_class_names(part: Path, n_labels: int | None = None) -> list[str] | None:
    """The class folders' names in the order of the labels, None without any. There may be no more than `n_labels`."""
    names = [folder.name for folder in _subfolders(part)]
    if not names:
        return None
    if n_labels is not None and len(names) > n_labels:
        raise FolderError(f"{part} has {len(names)} class folders, but n_classes is {n_labels} in the metadata")
    if "cifar" in str(part).lower() and set(names) <= set(CIFAR):
        return CIFAR
    return names


def key_of(file: Path) -> int:
    """The task's key, between the last "-" and the next "." of the name."""
    match = re.search(r"-(\d+)(?:\.[^-]*)?$", file.name)
    if not match:
        raise FolderError(f"{file} has no task's key in its name; it should be <name>-<key>{file.suffix or '.<ext>'}")
    return int(match[1])


def _subfolders(part: Path) -> list[Path]:
    if not part.is_dir():
        return []
    return sorted(path for path in part.iterdir() if path.is_dir() and not path.name.startswith("."))
