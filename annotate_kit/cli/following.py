"""Following a file of votes as it grows: what changes is printed at once, and the truth so far stands in a file."""

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import orjson

from annotate_kit import aggregation
from annotate_kit.aggregation import Result, Votes
from annotate_kit.cli import printing
from annotate_kit.formats.datasets.peerannot import Folder, save_text
from annotate_kit.formats.records import shown

NEW_SHARE = 0.05
"""All votes are aggregated again when so many are new; between, by Bayes' rule from what is known of the people."""
POLL_SECONDS = 0.2
ROW = '{"task": "t1", "worker": "w1", "label": "cat"}'
Name = str | int


class Truth:
    """The newest vote of each worker on each task, and what follows from them."""

    def __init__(self, method: str, seed: int, labels: Iterable[Name] = ()) -> None:
        self.method, self.seed = method, seed
        self.tasks: dict[Name, int] = {}
        self.workers: dict[Name, int] = {}
        self.labels: dict[Name, int] = {name: code for code, name in enumerate(labels)}
        self.votes: dict[tuple[int, int], int] = {}
        self.new = 0  # votes since the last full run
        self.result: Result | None = None

    def add(self, task: Name, worker: Name, label: Name | None) -> None:
        """Count a vote in place of the worker's former one; a label of None takes that back."""
        place = self.tasks.setdefault(task, len(self.tasks)), self.workers.setdefault(worker, len(self.workers))
        former = self.votes.pop(place, None)
        code = None if label is None else self.labels.setdefault(label, len(self.labels))
        if code is not None:
            self.votes[place] = code
        if code != former:
            self.new += 1
            self._update(*place, former, code)

    def refresh(self, *, whole: bool = False) -> Result | None:
        """What follows from the votes; None without any. With `whole`, of all votes together."""
        if not self.votes:
            self.result = None
        elif self.result is None or self.new > (0 if whole else NEW_SHARE * len(self.votes)):
            self.result = aggregation.aggregate(self._arrays(), self.method, seed=self.seed)
            self.new = 0
        return self.result

    def rows(self) -> dict[Name, dict[str, Any]]:
        """{task: its row} of the tasks with votes."""
        result = self.refresh()
        if result is None:
            return {}
        labels, confidence = result.labels(), result.beliefs.max(axis=1)
        votes = np.bincount([task for task, _ in self.votes], minlength=len(self.tasks))
        names = [*self.labels]
        return {
            task: {
                "task": task,
                "label": names[labels[n]] if labels[n] >= 0 else None,
                "confidence": round(float(confidence[n]), 4),
                "votes": int(votes[n]),
            }
            for task, n in self.tasks.items()
            if votes[n]
        }

    def _update(self, task: int, worker: int, former: int | None, label: int | None) -> None:
        result = self.result
        if result is None:
            return
        if result.beliefs.shape[1] < len(self.labels):  # a label that is new to all: nothing is known of it
            self.result = None
            return
        self.result = result = _with_room_for(result, task)
        known = worker if worker < len(result.skill) else None
        if former is not None:
            aggregation.update(result, task, known, former, withdrawn=True)
        if label is not None:
            aggregation.update(result, task, known, label)

    def _arrays(self) -> Votes:
        tasks, workers = np.array(list(self.votes), dtype=np.int64).T
        labels = np.fromiter(self.votes.values(), np.int64, len(self.votes))
        return Votes(tasks, workers, labels, len(self.tasks), len(self.workers), max(2, len(self.labels)))


def _with_room_for(result: Result, task: int) -> Result:
    """The same with rows up to this task; of a new one we know the labels' shares."""
    new = task + 1 - len(result.beliefs)
    if new <= 0:
        return result
    prior = result.beliefs.mean(axis=0) if result.prior is None else result.prior
    abstained = None if result.abstained is None else np.append(result.abstained, np.zeros(new, dtype=bool))
    return replace(result, beliefs=np.vstack([result.beliefs, np.tile(prior, (new, 1))]), abstained=abstained)


def follow(
    path: Path, method: str, seed: int, *, folder: Folder | None, out: Path | None, idle: float | None
) -> dict[str, Any]:
    """Print each task whose label changes, as one JSON object a line; what stands in the end, as a summary.

    It goes on until nobody has voted for `idle` seconds, until the end of a pipe, or until it is interrupted.
    ValueError names the line of a row that is wrong; the votes before it count.
    """
    truth = Truth(method, seed, range(folder.metadata.n_labels) if folder else ())
    if folder:
        _begin(truth, folder)
    shown_rows: dict[Name, dict[str, Any]] = {}
    try:
        for lines in batches(path, idle):
            try:
                for number, line in (row for row in lines if row[1].strip()):
                    truth.add(*read(path, number, line, folder))
            finally:
                shown_rows = _tell(truth, shown_rows, out)
    except KeyboardInterrupt:
        printing.status("")
    truth.refresh(whole=True)
    _tell(truth, shown_rows, out)
    return {
        "tasks": len(truth.tasks),
        "workers": len(truth.workers),
        "votes": len(truth.votes),
        "out": out and str(out),
    }


def batches(path: Path, idle: float | None) -> Iterator[list[tuple[int, bytes]]]:
    """The numbered lines that are there, then those that are written later; a line counts when it is complete."""
    if str(path) == "-":
        yield from ([(number, line)] for number, line in enumerate(sys.stdin.buffer, 1))
        return
    with path.open("rb") as file:
        number, rest, changed = 0, b"", time.monotonic()
        while True:
            if path.stat().st_size < file.tell():
                raise ValueError(f"{path} is shorter than it was; follow a file that only grows")
            *lines, rest = (rest + file.read()).split(b"\n")
            if lines:
                yield list(enumerate(lines, number + 1))
                number, changed = number + len(lines), time.monotonic()
            elif idle is not None and time.monotonic() - changed >= idle:
                if rest.strip():
                    yield [(number + 1, rest)]
                return
            else:
                time.sleep(POLL_SECONDS)


def read(path: Path, number: int, line: bytes, folder: Folder | None) -> tuple[Name, Name, Name | None]:
    """Task, worker and label of a line; ValueError says what would be right."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{path}, line {number} is broken JSON: {error}; a vote is {ROW}") from None
    if not isinstance(row, dict) or not {"task", "worker", "label"} <= set(row):
        raise ValueError(
            f"{path}, line {number} is {shown(row)}; a vote is {ROW}, with a label of null to take it back"
        )
    for name in ("task", "worker", "label"):
        if not (type(row[name]) in (str, int) or (name == "label" and row[name] is None)):
            raise ValueError(
                f"{path}, line {number}: {name} must be a string or a whole number; it is {shown(row[name])}"
            )
    if folder:
        return _as_in_folder(path, number, row, folder)
    return row["task"], row["worker"], row["label"]


def _as_in_folder(path: Path, number: int, row: dict[str, Any], folder: Folder) -> tuple[int, int, int | None]:
    """The same as whole numbers, as folders have them."""
    numbers: dict[str, int | None] = {}
    for name, limit in (("task", None), ("worker", None), ("label", folder.metadata.n_labels)):
        text = row[name]
        numbers[name] = None if text is None else int(text) if str(text).isdecimal() else -1
        if text is not None and not 0 <= cast(int, numbers[name]) < (limit or float("inf")):
            allowed = f"a whole number below {limit}" if limit else "a whole number"
            raise ValueError(f"{path}, line {number}: {name} is {allowed} in a folder; it is {shown(text)}")
    return cast(int, numbers["task"]), cast(int, numbers["worker"]), numbers["label"]


def _begin(truth: Truth, folder: Folder) -> None:
    answers = folder.answers
    rows = zip(answers.keys[answers.item].tolist(), answers.annotator.tolist(), answers.label.tolist(), strict=True)
    for task, worker, label in rows:
        truth.add(task, worker, label)


def _tell(truth: Truth, before: dict[Name, dict[str, Any]], out: Path | None) -> dict[Name, dict[str, Any]]:
    """Print the rows whose label is another than before, and write all of them."""
    rows = truth.rows()
    for task, row in rows.items():
        if task not in before or before[task]["label"] != row["label"]:
            print(orjson.dumps(row).decode(), flush=True)  # noqa: T201  this is the command's output
    for task in before.keys() - rows.keys():
        row = {"task": task, "label": None, "confidence": None, "votes": 0}
        print(orjson.dumps(row).decode(), flush=True)  # noqa: T201
    if out:
        save_text(out, "".join(orjson.dumps(row).decode() + "\n" for row in rows.values()))
    return rows
