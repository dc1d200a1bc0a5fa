"""A dataset's folder: its metadata, its votes, what is known to be true, and the labels that are written into it."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .answers import Answers, read_answers
from .files import FolderError, load_array, load_json, load_lines, save_array, shown
from .images import read_class_names, read_images

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Metadata:
    """`metadata.json`: the dataset's name, K labels, A annotators, and whatever else it holds."""

    name: str
    n_labels: int
    n_annotators: int
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Folder:
    """A dataset read.

    truth          (N,) the label known to be right of each item, -1 where unknown: of `ground_truth.npy`, else of the
                   class folders that the images are in, else None
    label_names    the class folders' names in the order of the labels; None without images
    """

    path: Path
    metadata: Metadata
    answers: Answers
    truth: Ints | None = None
    label_names: list[str] | None = None


def read_folder(
    path: Path, *, answers_file: str = "answers.json", metadata_path: Path | None = None, remove: Path | None = None
) -> Folder:
    """Read a dataset. `remove` is a file of tasks to leave out, such as the `too_hard.txt` of an identification."""
    if not path.is_dir():
        raise FolderError(f"{path} is not a folder; a dataset is one that has answers.json and metadata.json")
    metadata = read_metadata(metadata_path or path / "metadata.json")
    answers = read_answers(path / answers_file, metadata.n_annotators, metadata.n_labels)
    names = read_class_names(path / "train", metadata.n_labels)
    truth = _truth(path, answers, metadata.n_labels, names)
    if remove:
        stays = ~np.isin(answers.keys, read_removed(remove))
        answers, truth = answers.without(answers.keys[~stays]), None if truth is None else truth[stays]
        if not len(answers.label):
            raise FolderError(f"{remove} removes all tasks that have answers; some must be left")
    return Folder(path, metadata, answers, truth, names)


def read_metadata(path: Path) -> Metadata:
    loaded = load_json(path, 'it should hold {"name": …, "n_classes": …, "n_workers": …}')
    name = loaded.get("name")
    if not isinstance(name, str) or not name.strip():
        raise FolderError(f"{path}: name is {_as_read(loaded, 'name')}; it should be the dataset's name")
    for size in ("n_classes", "n_workers"):
        if type(loaded.get(size)) is not int or loaded[size] < 1:
            raise FolderError(f"{path}: {size} is {_as_read(loaded, size)}; it should be a whole number from 1 on")
    more = {key: value for key, value in loaded.items() if key not in {"name", "n_classes", "n_workers"}}
    return Metadata(name, loaded["n_classes"], loaded["n_workers"], more)


def read_removed(path: Path) -> list[int]:
    """Keys of the tasks that a file names: the last number of each of its lines (peerannot: "index key")."""
    removed = []
    for number, line in enumerate(load_lines(path, "it should name the tasks to leave out"), 1):
        try:
            removed.append(int(float(line.split()[-1])))
        except ValueError:
            raise FolderError(
                f"{path}, line {number} is {shown(line)}; it should be an index and a task's key"
            ) from None
    return removed


def read_authors(path: Path, n_items: int) -> Ints:
    """(N,) the worker whose item it is, -1 for nobody: one number a line, as the option of plantnet has it."""
    lines = load_lines(path, "it should have the worker of each task's author, one a line")
    try:
        authors = np.array([int(line) for line in lines], dtype=np.int64)
    except ValueError as error:
        raise FolderError(f"{path} should have a worker's number, or -1, in each line: {error}") from None
    if len(authors) != n_items:
        raise FolderError(f"{path} has {len(authors)} lines; there are {n_items} tasks, and each needs one")
    return authors


def read_scores(path: Path, keys: Ints) -> NDArray[np.float64]:
    """(N,) how sure the AI is of its answer, from JSON {task: score}; never sure of tasks that are not there."""
    scores = load_json(path, "it should hold {task: score}")
    for key, score in scores.items():
        if isinstance(score, bool) or not isinstance(score, int | float):
            raise FolderError(f"{path}: task {shown(key)} has the score {shown(score)}; it should be a number")
    return np.array([scores.get(str(key), -np.inf) for key in keys.tolist()], dtype=np.float64)


def labels_path(folder: Path, name: str, strategy: str, hard: bool = False) -> Path:
    """Where peerannot looks for the labels that a strategy, as it was given with its options, has found."""
    stem = f"labels_{name}_{strategy.lower()}{'_hard' if hard else ''}"
    return folder / "labels" / (re.sub(r"[/\\\0]", "_", stem) + ".npy")


def write_labels(folder: Path, name: str, strategy: str, labels: NDArray[Any], hard: bool = False) -> Path:
    """Write (N,) labels or (N, K) probabilities; the path that they have now."""
    path = labels_path(folder, name, strategy, hard)
    save_array(path, labels.astype(np.int64 if labels.ndim == 1 else np.float64))
    return path


def _truth(path: Path, answers: Answers, n_labels: int, names: list[str] | None) -> Ints | None:
    if (path / "ground_truth.npy").exists():
        truth = load_array(path / "ground_truth.npy", (answers.n_items,))
        if truth.dtype.kind not in "iu" or (truth >= n_labels).any():
            raise FolderError(f"{path / 'ground_truth.npy'} must hold labels, whole numbers from 0 to {n_labels - 1}")
        return truth.astype(np.int64)
    if names is None:
        return None
    truth = np.full(answers.n_items, -1)
    row = {key: number for number, key in enumerate(answers.keys.tolist())}
    for part in ("train", "val"):
        for image in read_images(path / part):
            if image.key in row and image.class_name in names:
                truth[row[image.key]] = names.index(image.class_name)
    return truth if (truth >= 0).any() else None


def _as_read(loaded: dict[str, Any], key: str) -> str:
    return shown(loaded[key]) if key in loaded else "missing"
