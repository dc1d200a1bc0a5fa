"""Making a dataset's folder out of answers, pictures and names, as the custom datasets of peerannot are installed."""

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .answers import Answers, read_answers, write_answers
from .files import FolderError, load_json, load_lines, replacing, save_json, shown
from .images import read_class_names

VAL_SHARE = 0.2
SEED = 12345
PARTS = ("train", "val", "test")


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What a dataset is made from; only `answers` is needed, and with pictures `train_path` and `files_path`.

    answers, answers_format             votes, in the format that `read_answers` numbers 0, 1 or 2
    metadata                            a metadata.json whose fields go before those that are found here
    label_names                         a file with the classes' names, in the labels' order, one a line
    files_path                          a file with the pictures' names, in the tasks' order, one a line
    train_path, val_path, test_path     folders of pictures, each in a folder of its class. Without a `val_path` a
                                        fifth of the train pictures, drawn by a fixed seed, becomes `val/`
    test_ground_truth(_format)          the test pictures' labels, as answers; else their class folders tell them
    no_task                             only the answers and the metadata, no pictures
    copy                                copy pictures instead of linking to them
    """

    answers: Path
    answers_format: int = 0
    metadata: Path | None = None
    label_names: Path | None = None
    files_path: Path | None = None
    train_path: Path | None = None
    val_path: Path | None = None
    test_path: Path | None = None
    test_ground_truth: Path | None = None
    test_ground_truth_format: int = -1
    no_task: bool = False
    copy: bool = False


@dataclass(frozen=True)
class Placed:
    """A picture and where it goes: `part/class/name-key.ext`."""

    source: Path
    part: str
    key: int

    @property
    def target(self) -> Path:
        return Path(self.part) / self.source.parent.name / f"{self.source.stem}-{self.key}{self.source.suffix}"


def install(folder: Path, plan: Installation, progress: Callable[[list[Placed]], Any] = iter) -> dict[str, Any]:
    """Write `answers.json`, `metadata.json` and the pictures into the folder; the metadata as written.

    All is read and looked at before anything is written. `progress` may wrap the list of pictures to show how far
    it is. Raises FolderError.
    """
    answers = read_answers(plan.answers, answer_format=plan.answers_format)
    names = load_lines(plan.label_names, "it should name the classes") if plan.label_names else None
    pictures = [] if plan.no_task else list(_placed(plan, answers))
    if names is None and plan.train_path and not plan.no_task:
        names = read_class_names(plan.train_path)
    metadata = _metadata(folder.resolve().name, plan, answers, names)
    truth = _test_truth(plan, pictures, names)
    if pictures:
        _check_no_others(folder, {folder / picture.target for picture in pictures})
    for picture in progress(pictures):
        _put(picture.source, folder / picture.target, plan.copy)
    write_answers(folder / "answers.json", answers.item, answers.annotator, answers.label, answers.keys.tolist())
    if truth is not None:
        save_json(folder / "test_groundTruth.json", truth)
    save_json(folder / "metadata.json", metadata)
    return metadata


def _placed(plan: Installation, answers: Answers) -> Iterator[Placed]:
    if not plan.train_path or not plan.files_path:
        raise FolderError(
            "pictures need --train-path (of class folders) and --files-path (their names in the tasks' order); "
            "votes alone are installed by --no-task"
        )
    order = {name: number for number, name in enumerate(load_lines(plan.files_path, "it should name the pictures"))}
    chance = random.Random(SEED)
    highest = int(answers.keys[-1])
    for file in _pictures(plan.train_path):
        if file.name not in order:
            raise FolderError(f"{plan.files_path} does not name {file.name}, which is in {plan.train_path}")
        highest = max(highest, order[file.name])
        part = "val" if not plan.val_path and chance.random() < VAL_SHARE else "train"
        yield Placed(file, part, order[file.name])
    for part, path in (("val", plan.val_path), ("test", plan.test_path)):
        for file in _pictures(path) if path else []:
            highest += 1
            yield Placed(file, part, highest)


def _pictures(path: Path) -> list[Path]:
    if not path.is_dir():
        raise FolderError(f"{path} is not a folder; it should hold a folder of pictures for each class")
    return sorted(file for file in path.glob("*/*") if file.is_file() and not file.name.startswith("."))


def _check_no_others(folder: Path, targets: set[Path]) -> None:
    """FolderError where pictures of another installation would be trained on, too."""
    present = [file for part in PARTS if (folder / part).is_dir() for file in _pictures(folder / part)]
    if others := [file for file in present if file not in targets]:
        raise FolderError(
            f"{folder} has {len(others)} pictures that are not installed now, {others[0].relative_to(folder)} for one; "
            "remove them, or install into another folder"
        )


def _metadata(name: str, plan: Installation, answers: Answers, names: list[str] | None) -> dict[str, Any]:
    stored = load_json(plan.metadata) if plan.metadata else {}
    workers = np.unique(answers.annotator)
    n_classes, n_workers = int(answers.label.max(initial=0)) + 1, int(workers.max(initial=0)) + 1
    for size, least in (("n_classes", n_classes), ("n_workers", n_workers)):
        if size in stored and (type(stored[size]) is not int or stored[size] < least):
            raise FolderError(f"{plan.metadata}: {size} is {shown(stored[size])}, but the answers need {least}")
    if names and len(names) < n_classes:
        raise FolderError(
            f"{plan.label_names or plan.train_path} has {len(names)} classes; the answers use {n_classes}"
        )
    sizes = {"n_classes": max(len(names or []), n_classes), "n_workers": n_workers, "nb_workers": len(workers)}
    return {"name": name, **sizes, "n_task": answers.n_items, **stored}


def _test_truth(
    plan: Installation, pictures: list[Placed], names: list[str] | None
) -> dict[str, dict[str, int]] | None:
    """{key: {"0": label}} of the test pictures, as test_groundTruth.json has it; None without any."""
    if plan.test_ground_truth:
        answers = read_answers(plan.test_ground_truth, answer_format=max(plan.test_ground_truth_format, 0))
        rows = zip(answers.keys[answers.item].tolist(), answers.annotator.tolist(), answers.label.tolist(), strict=True)
        truth: dict[str, dict[str, int]] = {str(key): {} for key in answers.keys.tolist()}
        for key, who, label in rows:
            truth[str(key)][str(who)] = label
        return truth
    tests = [picture for picture in pictures if picture.part == "test"]
    for picture in tests:
        if picture.source.parent.name not in (names or []):
            raise FolderError(f"{picture.source.parent} is not one of the classes {', '.join(names or [])}")
    labels = {name: label for label, name in enumerate(names or [])}
    return {str(test.key): {"0": labels[test.source.parent.name]} for test in tests} or None


def _put(source: Path, target: Path, copy: bool) -> None:
    """Link the target to the source, or copy it, also where links cannot be made."""
    with replacing(target) as aside:
        if not copy:
            try:
                aside.symlink_to(source.resolve())
                return
            except OSError:
                aside.unlink(missing_ok=True)
        shutil.copyfile(source, aside)
