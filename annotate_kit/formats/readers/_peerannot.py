"""Folders of answers in a zip, as peerannot has them and our export writes them.

`answers.json` and `metadata.json` stand in one folder. What a task shows is its line of `tasks.jsonl`, or the picture
that its line of `tasks.txt` names, or `train/<class>/<name>-<key>.<ext>`, whose class is right where no
`ground_truth.npy` says what is. Without `workers.txt` people are called by their numbers.
"""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import orjson

from annotate_kit.formats.datasets.peerannot import Folder, FolderError, key_of, read_folder
from annotate_kit.formats.records import Rejected, Unreadable, clean_external_id, shown

ANSWERS, METADATA, TRUTH = FILES = ("answers.json", "metadata.json", "ground_truth.npy")
TASKS = ("tasks.jsonl", "tasks.txt")
PASSED_OVER = ("votes.csv", "README.md")
PARTS = ("train", "val", "test")
MODEL = "AI"
"""The worker that is a model, and what it is called here."""
Load = Callable[[str], bytes]


class Task(NamedTuple):
    """What one task shows, a record's fields or a picture of the archive, and what is known of it."""

    row: int
    content: dict[str, Any]
    picture: str | None
    known: dict[str, Any]


def folder_in(names: Sequence[str]) -> str | None:
    """Where the files stand, as the beginning of their paths; None where there are none."""
    folders = [name.removesuffix(ANSWERS) for name in names if PurePosixPath(name).name == ANSWERS]
    return next((folder for folder in folders if folder + METADATA in names), None)


def is_of_folder(name: str, folder: str) -> bool:
    """Whether this is a file that says something here, or that `aggregate` or `identify` wrote."""
    inner = name.removeprefix(folder)
    of_names = (*TASKS, "workers.txt", "labels.txt")
    return inner in (*FILES, *of_names, *PASSED_OVER) or inner.startswith(("labels/", "identification/"))


class FolderOfAnswers:
    """What the files of such a folder say. Unreadable says what would be right."""

    def __init__(self, folder: str, names: Sequence[str], pictures: Sequence[str], load: Load) -> None:
        self._path, self._names, self._load = folder, names, load
        self._pictures = _by_key(folder, pictures)
        self._of_classes = set(self._pictures.values())
        self._folder = self._read()
        self._labels = self._label_names()
        self._votes = self._votes_by_row()
        self._tasks = {name: self._lines(name, len(self._folder.answers.keys), "tasks") for name in TASKS}

    def tasks(self, find: Callable[[str], str]) -> Iterator[Task | Rejected]:
        """In the order of their keys. `find` says which picture of the archive is called so."""
        for row, key in enumerate(self._folder.answers.keys.tolist()):
            try:
                content, picture = self._content(row, key, find)
                meta = {"meta": content.get("meta")} if picture else {}
                yield Task(row + 1, content, picture, {**meta, **self._known(row, picture)})
            except ValueError as error:
                yield Rejected(row + 1, None, f"task {key}: {error}")

    def _content(self, row: int, key: int, find: Callable[[str], str]) -> tuple[dict[str, Any], str | None]:
        content = orjson.loads(lines[row]) if (lines := self._tasks["tasks.jsonl"]) else {}
        if not isinstance(content, dict):
            raise ValueError(f"its line of tasks.jsonl must be an object; it is {shown(content)}")
        if {"text", "data"} & content.keys():
            return content, None
        if key in self._pictures:
            return content, self._pictures[key]
        name = content.get("external_id") or (names[row] if (names := self._tasks["tasks.txt"]) else None)
        if name is None:
            raise ValueError(f"no picture is called train/<class>/<name>-{key}.<ext>, and no tasks.jsonl says its text")
        return content, find(clean_external_id(name))

    def _known(self, row: int, picture: str | None) -> dict[str, Any]:
        """Its votes, what the model says, and what is right: by the file, else by the folder of the picture."""
        truth, ai = self._folder.truth, int(self._folder.answers.ai[row])
        right = None if truth is None or truth[row] < 0 else _name(self._labels, int(truth[row]))
        if truth is None and picture in self._of_classes:
            right = PurePosixPath(str(picture)).parent.name
        predictions = [{"model": MODEL, "value": _name(self._labels, ai)}] if ai >= 0 else None
        return {"gold": right, "annotations": self._votes.get(row), "predictions": predictions}

    def _votes_by_row(self) -> dict[int, list[dict[str, Any]]]:
        answers, metadata = self._folder.answers, self._folder.metadata
        people = self._lines("workers.txt", metadata.n_annotators, "workers")
        votes: dict[int, list[dict[str, Any]]] = defaultdict(list)
        columns = (answers.item.tolist(), answers.annotator.tolist(), answers.label.tolist())
        for row, person, label in zip(*columns, strict=True):
            votes[row].append({"annotator": _name(people, person), "value": _name(self._labels, label)})
        return votes

    def _label_names(self) -> list[str]:
        """By the metadata, a file of their own or the class folders; none where they are called by their numbers."""
        n_labels, names = self._folder.metadata.n_labels, self._folder.metadata.more.get("class_names")
        if isinstance(names, list) and len(names) == n_labels:
            return [str(name) for name in names]
        classes = self._folder.label_names or []
        return self._lines("labels.txt", n_labels, "classes") or (classes if len(classes) == n_labels else [])

    def _lines(self, name: str, count: int, what: str) -> list[str]:
        """The lines of a file; none where it is not there. Unreadable where they are not one for each."""
        if self._path + name not in self._names:
            return []
        lines = self._load(self._path + name).decode("utf-8-sig", errors="replace").splitlines()
        if len(lines) != count:
            raise Unreadable(f"{name} has {len(lines)} lines, and there are {count} {what}; each needs one")
        return lines

    def _read(self) -> Folder:
        """By the package's own reader, which takes folders: the few files in one, and empty folders of the classes."""
        with tempfile.TemporaryDirectory() as place:
            root = Path(place) / (PurePosixPath(self._path).name or "folder")
            (root / "train").mkdir(parents=True)
            for name in FILES:
                if self._path + name in self._names:
                    (root / name).write_bytes(self._load(self._path + name))
            try:
                for class_name in {PurePosixPath(picture).parent.name for picture in self._of_classes}:
                    (root / "train" / class_name).mkdir()
                return read_folder(root)
            except (FolderError, OSError) as error:
                raise Unreadable(str(error).replace(f"{root}/", "")) from None


def _name(names: Sequence[str], number: int) -> str:
    """The metadata may say that there are any number of them, so those without names are not listed."""
    return names[number] if names else str(number)


def _by_key(folder: str, pictures: Sequence[str]) -> dict[int, str]:
    """The pictures in folders of classes by the key of their task."""
    by_key = {}
    for picture in pictures:
        path = PurePosixPath(picture.removeprefix(folder))
        if path.parts[0] in PARTS and len(path.parts) == 3:
            with suppress(FolderError):
                by_key[key_of(Path(path.name))] = picture
    return by_key
