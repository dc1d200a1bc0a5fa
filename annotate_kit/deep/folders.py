"""A network for a folder: its pictures with labels or votes in, weights, figures and predictions out."""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from annotate_kit.aggregation import Votes
from annotate_kit.formats.datasets import peerannot
from annotate_kit.formats.datasets.peerannot import Answers, FolderError, Image, Metadata

from .measuring import measure
from .objectives import FROM_VOTES, Labels
from .pictures import Pictures
from .settings import Settings
from .training import Files, Part, Watch, classifier, fit, predict

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Run:
    """What is asked of a training besides its settings."""

    path: Path
    name: str
    metadata: Metadata
    remove: Path | None
    restart: bool


def train(run: Run, labels: Path | None, settings: Settings, watch: Watch) -> dict[str, Any]:
    """Train on labels, of a file or of the class folders that the pictures are in."""
    images, names = pictures_of(run, "train")
    if labels is None:
        stays = _not_removed(images, run.remove)
        targets = truth_of(images, names, run)
    else:
        targets, stays = targets_of(labels, images, run)
    images, targets = [image for image, stay in zip(images, stays, strict=True) if stay], targets[stays]
    _check_enough(run, images)
    objective = Labels(classifier(settings, run.metadata.n_labels), targets)
    best = run.path / "best_models" / settings.model / f"{run.name}.pth"
    return _fit(run, objective, images, settings, best, _digest(targets), watch)


def aggregate(
    run: Run, strategy: str, answers: Answers, settings: Settings, watch: Watch, scale: float = 1e-4
) -> dict[str, Any]:
    """Train on the votes through a layer that models the people; probabilities of all tasks that have a picture."""
    everything, _ = pictures_of(run, "train")
    stays = _not_removed(everything, run.remove)
    row = {key: number for number, key in enumerate(answers.keys.tolist())}
    voted = np.bincount(answers.item, minlength=answers.n_items) > 0
    stays &= np.array([image.key in row and bool(voted[row[image.key]]) for image in everything], dtype=bool)
    images = [image for image, stay in zip(everything, stays, strict=True) if stay]
    _check_enough(run, images)
    votes = votes_on(images, answers, row, run.metadata)
    network = classifier(settings, run.metadata.n_labels)
    objective = FROM_VOTES[strategy](network, votes, 3 * settings.img_size**2, scale)
    best = run.path / "best_models" / f"{run.name}.pth"
    identity = _digest(votes.item, votes.annotator, votes.label, np.array([scale])) + strategy
    summary = _fit(run, objective, images, settings, best, identity, watch)
    known = [image for image in everything + pictures_of(run, "val")[0] if image.key in row]
    probabilities = np.zeros((answers.n_items, run.metadata.n_labels))
    logits = predict(objective.classifier, _pictures(known, settings))
    probabilities[[row[image.key] for image in known]] = softmax(logits, axis=1)
    written = peerannot.write_labels(run.path, run.metadata.name, strategy, probabilities)
    return {**summary, "labels": str(written)}


def _fit(
    run: Run, objective: Any, images: list[Image], settings: Settings, best: Path, data: str, watch: Watch
) -> dict[str, Any]:
    """Train, measure on the test pictures, write the figures, and tell what was done."""
    started = time.perf_counter()
    files = Files(best)
    if run.restart:
        files.checkpoint.unlink(missing_ok=True)
    paths = [str(image.path.relative_to(run.path)) for image in images]
    identity = json.dumps({**settings.of_the_result(), "data": data, "pictures": _digest(paths)}, sort_keys=True)
    val, test = (_part(run, part, settings) for part in ("val", "test"))
    train_pictures = _pictures(images, settings)
    figures = fit(objective, train_pictures, val, settings, files, identity=identity, watch=watch)
    if test:
        measured = measure(predict(objective.classifier, test.pictures), test.truth)
        figures |= {f"test_{name}": value for name, value in measured.items()}
    results = run.path / "results" / f"{run.name}.json"
    peerannot.save_json(results, figures)
    files.checkpoint.unlink(missing_ok=True)
    return {
        "output": run.name,
        "pictures": len(images),
        "train loss": figures["train_loss"][-1],
        "validation accuracy (%)": max(figures["val_accuracy"], default=None),
        "test accuracy (%)": figures["test_accuracy"] if test else None,
        "seconds": round(time.perf_counter() - started, 1),
        "weights": str(files.best),
        "results": str(results),
    }


def pictures_of(run: Run, part: str) -> tuple[list[Image], list[str]]:
    """The part's pictures, and the classes' names in the labels' order. FolderError where there should be some."""
    names = peerannot.read_class_names(run.path / "train", run.metadata.n_labels)
    if names is None:
        raise FolderError(f"{run.path / 'train'} has no pictures; they are in train/<class>/<name>-<task>.<ext>")
    return peerannot.read_images(run.path / part), names


def truth_of(images: Sequence[Image], names: list[str], run: Run) -> Ints:
    """(n,) the labels of the class folders."""
    for image in images:
        if image.class_name not in names:
            raise FolderError(f"{image.path.parent} is a class that train/ has not; it has {', '.join(names)}")
    return np.array([names.index(image.class_name) for image in images], dtype=np.int64)


def targets_of(path: Path, images: Sequence[Image], run: Run) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """(n,) labels or (n, K) probabilities of the pictures, and which have any."""
    loaded = peerannot.load_array(path, _shape(path, run.metadata.n_labels))
    if loaded.ndim == 1 and (loaded.dtype.kind not in "iu" or (loaded >= run.metadata.n_labels).any()):
        raise FolderError(f"{path} must hold whole numbers from 0 to {run.metadata.n_labels - 1}, -1 for none")
    row = _rows_of_labels(path, len(loaded), run)
    if missing := [image for image in images if image.key not in row]:
        raise FolderError(f"{path} has {len(loaded)} rows, none for {missing[0].path.name}; each task needs one")
    targets = loaded[[row[image.key] for image in images]]
    if loaded.ndim == 1:
        return targets, (targets >= 0) & _not_removed(images, run.remove)
    total = np.nan_to_num(targets).sum(axis=1)
    if (np.nan_to_num(targets) < 0).any() or ((abs(total - 1) > 1e-3) & (total != 0)).any():
        raise FolderError(f"{path} must hold probabilities: each row adds up to 1, or to 0 where there is none")
    return targets, (total > 0) & _not_removed(images, run.remove)


def _shape(path: Path, n_labels: int) -> tuple[int | None, ...]:
    """Of labels or of probabilities, as the file has them."""
    try:
        axes = np.load(path, mmap_mode="r", allow_pickle=False).ndim
    except (OSError, ValueError, EOFError):
        axes = 1  # `load_array` says what is wrong with it
    return (None,) if axes == 1 else (None, n_labels)


def _rows_of_labels(path: Path, n: int, run: Run) -> dict[int, int]:
    """{task's key: its row}: of all tasks of the answers, or, as `aggregate` writes them, of those that stay."""
    if not (run.path / "answers.json").exists():
        return {key: key for key in range(n)}
    keys = peerannot.read_answers(run.path / "answers.json").keys
    removed = peerannot.read_removed(run.remove) if run.remove else []
    stay = keys[~np.isin(keys, removed)]
    if n not in (len(keys), len(stay)):
        raise FolderError(f"{path} has {n} rows; the answers have {len(keys)} tasks, and each needs one")
    rows = {key: number for number, key in enumerate((keys if n == len(keys) else stay).tolist())}
    return rows | {key: 0 for key in removed if key not in rows}


def _not_removed(images: Sequence[Image], remove: Path | None) -> NDArray[np.bool_]:
    removed = set(peerannot.read_removed(remove)) if remove else set()
    return np.array([image.key not in removed for image in images], dtype=bool)


def votes_on(images: Sequence[Image], answers: Answers, row: dict[int, int], metadata: Metadata) -> Votes:
    """The votes with the pictures for items, in their order."""
    place = np.full(answers.n_items, -1)
    place[[row[image.key] for image in images]] = np.arange(len(images))
    item = place[answers.item]
    here = item >= 0
    sizes = (len(images), metadata.n_annotators, metadata.n_labels)
    return Votes(item[here], answers.annotator[here], answers.label[here], *sizes)


def _part(run: Run, part: str, settings: Settings) -> Part | None:
    images, names = pictures_of(run, part)
    return Part(_pictures(images, settings), truth_of(images, names, run)) if images else None


def _pictures(images: Sequence[Image], settings: Settings) -> Pictures:
    return Pictures([image.path for image in images], settings.img_size, settings.num_workers)


def _check_enough(run: Run, images: Sequence[Image]) -> None:
    if len(images) < 2:
        raise FolderError(f"{run.path / 'train'} has {len(images)} pictures to learn from; at least two are needed")


def _digest(*arrays: Any) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]
