"""Following a file of votes as it grows: what changes is printed at once, and the truth so far stands in a file."""

import codecs
import os
import select
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import orjson
from numpy.typing import NDArray

from annotate_kit import aggregation
from annotate_kit.aggregation import Result, Votes
from annotate_kit.cli import printing
from annotate_kit.cli.options import ROW
from annotate_kit.formats.datasets.peerannot import Folder, save_text
from annotate_kit.formats.records import shown

NEW_SHARE = 0.05
"""All votes are aggregated again when so many are new; between, by Bayes' rule from what is known of the people."""
POLL_SECONDS = 0.2
READ_BYTES = 1 << 20
WRITE_SECONDS = 1.0
"""The file of all tasks is written so often at most."""
Name = str | int
Row = dict[str, Any]


class Truth:
    """The newest vote of each worker on each task, and what follows from them."""

    def __init__(self, method: str, seed: int, labels: Iterable[Name] = ()) -> None:
        self.method, self.seed = method, seed
        self.tasks: dict[Name, int] = {}
        self.workers: dict[Name, int] = {}
        self.labels: dict[Name, int] = {name: code for code, name in enumerate(labels)}
        self.votes: dict[tuple[int, int], int] = {}
        self.new = 0  # votes since the last full run
        self.result: Result | None = None  # its arrays may have rows for tasks to come
        self.names: list[Name] = []  # of the tasks, by number
        self.n_votes: list[int] = []  # on each task
        self.changed: set[int] = set()  # tasks whose row may be another than `changes` told
        self.tie_breaks = np.zeros((0, 0))

    def add(self, task: Name, worker: Name, label: Name | None) -> None:
        """Count a vote in place of the worker's former one; a label of None takes that back."""
        if task not in self.tasks:
            self.tasks[task] = len(self.names)
            self.names.append(task)
            self.n_votes.append(0)
        place = self.tasks[task], self.workers.setdefault(worker, len(self.workers))
        former = self.votes.pop(place, None)
        code = None if label is None else self.labels.setdefault(label, len(self.labels))
        if code is not None:
            self.votes[place] = code
        self.n_votes[place[0]] += (code is not None) - (former is not None)
        self.changed.add(place[0])
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
            self.changed.update(range(len(self.names)))
        return self.result

    def changes(self) -> dict[Name, Row | None]:
        """{task: its row}, None without votes, of the tasks that may have another row than when asked before."""
        self.refresh()
        numbers = np.array(sorted(self.changed), dtype=np.int64)
        self.changed.clear()
        return self._rows(numbers)

    def rows(self) -> dict[Name, Row]:
        """{task: its row} of the tasks with votes."""
        self.refresh()
        return {task: row for task, row in self._rows(np.arange(len(self.names))).items() if row}

    def _rows(self, numbers: NDArray[np.int64]) -> dict[Name, Row | None]:
        """The work is proportional to how many are asked for."""
        if self.result is None:
            return {self.names[number]: None for number in numbers}
        names = [*self.labels]
        probabilities = self.result.beliefs[numbers]
        rows: dict[Name, Row | None] = {}
        for number, label, most in zip(numbers, self._likeliest(numbers), probabilities.max(axis=1), strict=True):
            task = self.names[number]
            name = names[label] if label >= 0 else None
            row = {"task": task, "label": name, "confidence": round(float(most), 4), "votes": self.n_votes[number]}
            rows[task] = row if self.n_votes[number] else None
        return rows

    def _likeliest(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The labels of some tasks, as `Result.labels` has them for all: ties go by the seed."""
        result = cast(Result, self.result)
        size, K = result.beliefs.shape
        if self.tie_breaks.shape[1] != K or len(self.tie_breaks) < size:
            self.tie_breaks = np.random.default_rng(self.seed).random((size, K))
        probabilities = result.beliefs[numbers]
        tied = probabilities >= probabilities.max(axis=1, keepdims=True) - 1e-9
        labels = np.where(tied, self.tie_breaks[numbers], -1.0).argmax(axis=1)
        return labels if result.abstained is None else np.where(result.abstained[numbers], -1, labels)

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
    """The same with rows up to this task and a quarter more; of a new one we know the labels' shares."""
    if task < len(result.beliefs):
        return result
    new = task + 1 - len(result.beliefs) + len(result.beliefs) // 4
    prior = result.beliefs.mean(axis=0) if result.prior is None else result.prior
    abstained = None if result.abstained is None else np.append(result.abstained, np.zeros(new, dtype=bool))
    return replace(result, beliefs=np.vstack([result.beliefs, np.tile(prior, (new, 1))]), abstained=abstained)


class Output:
    """What people see: a line for each task whose label changes, and, now and then, a file of all tasks."""

    def __init__(self, truth: Truth, out: Path | None) -> None:
        self.truth, self.out = truth, out
        self.rows: dict[Name, Row] = {}
        self.stale = False  # the file has other rows
        self.due = 0.0  # when it may be written again, in monotonic seconds

    def tell(self) -> None:
        """Print what has changed since, and write the file when it is time to."""
        for task, row in self.truth.changes().items():
            before = self.rows.pop(task, None)
            if row:
                self.rows[task] = row
            if (row and row["label"]) != (before and before["label"]) or (row is None) != (before is None):
                shown_row = row or {"task": task, "label": None, "confidence": None, "votes": 0}
                print(orjson.dumps(shown_row).decode(), flush=True)  # noqa: T201  this is the command's output
            self.stale = self.stale or row != before
        if time.monotonic() >= self.due:
            self.write()

    def write(self) -> None:
        """All rows, in the order in which the tasks came; it may take a tenth of the time, so it waits accordingly."""
        started = time.monotonic()
        if self.out and (self.stale or not self.out.exists()):
            lines = (orjson.dumps(self.rows[task]).decode() + "\n" for task in self.truth.tasks if task in self.rows)
            save_text(self.out, "".join(lines))
            self.stale = False
        ended = time.monotonic()
        self.due = ended + max(WRITE_SECONDS, 10 * (ended - started))


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
    output = Output(truth, out)
    try:
        for lines in batches(path, idle):
            try:
                for number, line in (row for row in lines if row[1].strip()):
                    truth.add(*read(path, number, line, folder))
            finally:
                output.tell()
    except KeyboardInterrupt:
        printing.status("")
    except (ValueError, BrokenPipeError):
        output.write()
        raise
    truth.refresh(whole=True)
    output.tell()
    output.write()
    return {
        "tasks": len(truth.tasks),
        "workers": len(truth.workers),
        "votes": len(truth.votes),
        "out": out and str(out),
    }


def batches(path: Path, idle: float | None) -> Iterator[list[tuple[int, bytes]]]:
    """The numbered lines that are there, then those that are written later; a line counts when it is complete.

    An empty batch now and then, while nobody votes.
    """
    number, rest, changed = 0, b"", time.monotonic()
    for text in _from_pipe() if str(path) == "-" else _from_file(path):
        *lines, rest = (rest + (text or b"")).split(b"\n")
        if lines:
            yield from _portions(path, list(enumerate(lines, number + 1)))
            number, changed = number + len(lines), time.monotonic()
        elif text is None or (idle is not None and time.monotonic() - changed >= idle):
            break
        else:
            yield []
    if rest.strip():
        yield [(number + 1, rest)]


def _portions(path: Path, lines: list[tuple[int, bytes]]) -> Iterable[list[tuple[int, bytes]]]:
    """What is in a file is taken at once; what comes through a pipe, line by line."""
    return ([line] for line in lines) if str(path) == "-" else [lines]


def _from_file(path: Path) -> Iterator[bytes]:
    """What is written to it, as it is written; never an end."""
    with path.open("rb") as file:
        while True:
            if path.stat().st_size < file.tell():
                raise ValueError(f"{path} is shorter than it was; follow a file that only grows")
            text = file.read()
            yield text
            if b"\n" not in text:
                time.sleep(POLL_SECONDS)


def _from_pipe() -> Iterator[bytes | None]:
    """What comes through stdin; nothing now and then while nothing comes; None at its end."""
    pipe = sys.stdin.fileno()
    while True:
        ready, _, _ = select.select([pipe], [], [], POLL_SECONDS)
        text = os.read(pipe, READ_BYTES) if ready else b""
        if ready and not text:
            yield None
            return
        yield text


def read(path: Path, number: int, line: bytes, folder: Folder | None) -> tuple[Name, Name, Name | None]:
    """Task, worker and label of a line; ValueError says what would be right."""
    try:
        row = orjson.loads(line.removeprefix(codecs.BOM_UTF8) if number == 1 else line)
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
