"""Answers: who said what, in the three ways in which peerannot's datasets write it down."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .files import FolderError, load_json, load_lines, save_json, shown

Ints = NDArray[np.int64]

AI = "AI"
"""The worker that is a model; its answers are no votes."""

SPREAD = 10
"""How many times more rows than tasks the keys may ask for."""


@dataclass(frozen=True, eq=False)
class Answers:
    """V votes on N items; row i of everything about items belongs to the task `keys[i]`.

    keys                      (N,) ascending and without gaps: a key without an entry is an item without votes
    item, annotator, label    (V,) each; `item` counts rows, not keys
    ai                        (N,) label that the worker "AI" gave, -1 for none
    missing                   number of keys that had no entry
    """

    keys: Ints
    item: Ints
    annotator: Ints
    label: Ints
    ai: Ints
    missing: int = 0

    @property
    def n_items(self) -> int:
        return len(self.keys)

    def without(self, removed: Iterable[int]) -> "Answers":
        """The same without some tasks, by key; the rows move up, as peerannot's do."""
        stays = ~np.isin(self.keys, list(removed))
        row = np.cumsum(stays) - 1
        stays_vote = stays[self.item]
        votes = (row[self.item[stays_vote]], self.annotator[stays_vote], self.label[stays_vote])
        return Answers(self.keys[stays], *votes, self.ai[stays], self.missing)


def read_answers(
    path: Path, n_annotators: int | None = None, n_labels: int | None = None, answer_format: int = 1
) -> Answers:
    """Read answers; ids must be below `n_annotators` and labels below `n_labels` where these are known.

    answer_format    0: a matrix of blank-separated labels, a row a task and a column a worker, -1 for none (Rodrigues);
                     1: JSON {task: {worker: label}}, which `answers.json` itself is; 2: JSON {worker: {task: label}}
    """
    if answer_format not in ANSWER_FORMATS:
        raise FolderError(f"answers format {answer_format} is not known; it is 0 (matrix), 1 (JSON) or 2 (inverted)")
    answers = ANSWER_FORMATS[answer_format](path)
    if not len(answers.label) and (answers.ai < 0).all():
        raise FolderError(f'{path} has no answers; it should hold some like {{"0": {{"3": 1}}}}')
    _check_range(path, answers, answers.annotator, n_annotators, "worker", "n_workers")
    _check_ai(path, answers, n_labels)
    _check_range(path, answers, answers.label, n_labels, "label", "n_classes")
    return answers


def write_answers(path: Path, item: ArrayLike, annotator: ArrayLike, label: ArrayLike, keys: Iterable[int]) -> None:
    """Write (V,) votes on the tasks of these keys, also on those without votes. One person, one vote on an item."""
    item, annotator, label = (np.asarray(column) for column in (item, annotator, label))
    order = np.lexsort((annotator, item))
    item, annotator, label = item[order], annotator[order], label[order]
    again = np.flatnonzero((item[1:] == item[:-1]) & (annotator[1:] == annotator[:-1]))
    names = list(keys)
    if again.size:
        raise FolderError(
            f"{path}: worker {annotator[again[0]]} answered task {names[item[again[0]]]} twice; this format has "
            "room for one answer of each worker to each task"
        )
    ends = np.searchsorted(item, np.arange(len(names)), side="right").tolist()
    workers, labels = [str(who) for who in annotator.tolist()], label.tolist()
    starts = [0, *ends[:-1]]
    save_json(path, {
        str(key): dict(zip(workers[start:end], labels[start:end], strict=True))
        for key, start, end in zip(names, starts, ends, strict=True)
    })  # fmt: skip


def _by_task(path: Path) -> Answers:
    return _answers(path, load_json(path, "it holds the votes"), "task", "worker")


def _by_worker(path: Path) -> Answers:
    """The tasks' keys are taken to begin at 0, as peerannot does."""
    loaded = load_json(path, "it holds the votes")
    of_ai = _answers(path, {"0": loaded.pop(AI, {})}, "worker", "task")
    answers = _answers(path, loaded, "worker", "task")
    keys, row, missing = _rows(path, np.concatenate([answers.annotator, of_ai.annotator]), lowest=0)
    ai = np.full(len(keys), -1)
    ai[of_ai.annotator] = of_ai.label
    return Answers(keys, row[: len(answers.label)], answers.keys[answers.item], answers.label, ai, missing)


def _matrix(path: Path) -> Answers:
    rows = [line.split() for line in load_lines(path, "it holds the votes")]
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise FolderError(f"{path} has {len(rows[0])} workers in row 0 and {len(row)} in row {number}")
    table = np.array([list(map(_number, row)) for row in rows]).reshape(len(rows), len(rows[0]) if rows else 0)
    wrong = (table < -1) | (table != np.floor(table)) | ~np.isfinite(table)
    if wrong.any():
        task, worker = np.argwhere(wrong)[0]
        raise FolderError(
            f"{path}: task {task}, worker {worker} is {shown(rows[task][worker])}; "
            "labels are whole numbers from 0 on, -1 for none"
        )
    item, annotator = np.nonzero(table >= 0)
    label = table[item, annotator].astype(np.int64)
    return Answers(np.arange(len(table)), item, annotator, label, np.full(len(table), -1))


ANSWER_FORMATS: dict[int, Callable[[Path], Answers]] = {0: _matrix, 1: _by_task, 2: _by_worker}


def _answers(path: Path, loaded: dict[str, Any], outer: str, inner: str) -> Answers:
    """{outer: {inner: label}} as arrays; `item` and `keys` are the outer ones, `annotator` the inner ones."""
    ai: dict[str, int] = {}
    try:
        codes, labels, lengths = _quickly(loaded)
    except (ValueError, TypeError, AttributeError, OverflowError):
        loaded, ai = _slowly(path, loaded, outer, inner)
        codes, labels, lengths = _quickly(loaded)
    outer_codes = _distinct(path, loaded, outer)
    keys, row, missing = _rows(path, outer_codes) if outer == "task" else (outer_codes, np.arange(len(loaded)), 0)
    item = np.repeat(row, lengths)
    _check_repeated(path, item, codes, keys, outer, inner)
    of_ai = np.full(len(keys), -1)
    rows_of = dict(zip(loaded, row.tolist(), strict=True))
    of_ai[[rows_of[key] for key in ai]] = list(ai.values())
    return Answers(keys, item, codes, labels, of_ai, missing)


def _quickly(loaded: dict[str, Any]) -> tuple[Ints, Ints, Ints]:
    """(inner ids, labels, number of each outer one) when everything is as it should be; else some exception."""
    if set(map(type, loaded.values())) - {dict}:
        raise TypeError
    lengths = np.fromiter(map(len, loaded.values()), np.int64, len(loaded))
    inner = list(chain.from_iterable(loaded.values()))
    labels = list(chain.from_iterable(by_item.values() for by_item in loaded.values()))
    digits = "".join(inner)
    if set(map(type, labels)) - {int} or (digits and not (digits.isascii() and digits.isdecimal())):
        raise TypeError
    if labels and min(labels) < 0:
        raise ValueError
    return np.array(list(map(int, inner)), np.int64), np.array(labels, np.int64), lengths


def _slowly(path: Path, loaded: dict[str, Any], outer: str, inner: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The same with ids and labels that are written in other ways made right, the AI's answers apart.

    FolderError at the first that cannot be."""
    clean: dict[str, dict[str, int]] = {}
    ai: dict[str, int] = {}
    for key, by_item in loaded.items():
        if not isinstance(by_item, dict):
            raise FolderError(
                f"{path}: {outer} {shown(key)} is {shown(by_item)}; it should be an object {{{inner}: label}}"
            )
        clean[key] = {}
        for name, label in by_item.items():
            where = f"{path}: {outer} {shown(key)}, {inner} {shown(name)}"
            label = _whole(label, f"{where} has the label {shown(label)}; labels are whole numbers from 0 on")
            if name == AI and inner == "worker":
                ai[key] = label
            else:
                code = _whole(name, f"{where}: {inner} ids are whole numbers from 0 on")
                clean[key][str(code)] = label
    return clean, ai


def _whole(value: Any, error: str) -> int:
    """A whole number from 0 on, also one written as "3" or 3.0."""
    try:
        number = int(value)
        if not isinstance(value, bool) and 0 <= number < 2**62 and (isinstance(value, str) or number == value):
            return number
    except (ValueError, TypeError, OverflowError):
        pass
    raise FolderError(error)


def _distinct(path: Path, loaded: dict[str, Any], what: str) -> Ints:
    """The outer keys as numbers; FolderError when one is none, or when two, such as "5" and "05", are the same."""
    error = "{}: {} {} should be a whole number from 0 on"
    codes = np.array([_whole(key, error.format(path, what, shown(key))) for key in loaded], dtype=np.int64)
    numbers, counts = np.unique(codes, return_counts=True)
    if (counts > 1).any():
        raise FolderError(f"{path} has the {what} {numbers[counts > 1][0]} twice; each may be there once")
    return codes


def _rows(path: Path, keys: Ints, lowest: int | None = None) -> tuple[Ints, Ints, int]:
    """All keys from the lowest to the highest, the row of each given one, and how many had no entry."""
    if not len(keys):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), 0
    lowest, highest = int(keys.min()) if lowest is None else lowest, int(keys.max())
    distinct = len(np.unique(keys))
    if highest - lowest >= SPREAD * distinct + 1000:
        raise FolderError(
            f"{path} has {distinct} tasks with keys from {lowest} to {highest}; keys number tasks, without large gaps"
        )
    return np.arange(lowest, highest + 1), keys - lowest, highest - lowest + 1 - distinct


def _check_repeated(path: Path, item: Ints, inner: Ints, keys: Ints, outer_name: str, inner_name: str) -> None:
    """Ids such as "3" and "03" of one object are the same one."""
    if not len(inner) or not len(keys):
        return
    order = np.lexsort((inner, item))
    same = np.flatnonzero((np.diff(item[order]) == 0) & (np.diff(inner[order]) == 0))
    if same.size:
        vote = order[same[0]]
        raise FolderError(
            f"{path}: {outer_name} {keys[item[vote]]} has the {inner_name} {inner[vote]} twice; each may be there once"
        )


def _check_range(path: Path, answers: Answers, values: Ints, size: int | None, what: str, field: str) -> None:
    if size is None:
        return
    wrong = np.flatnonzero(values >= size)
    if wrong.size:
        vote = wrong[0]
        who = "" if what == "worker" else f", worker {answers.annotator[vote]}"
        raise FolderError(
            f"{path}: task {answers.keys[answers.item[vote]]}{who} has the {what} {values[vote]}; "
            f"{field} is {size} in the metadata, so 0 to {size - 1} are allowed"
        )


def _check_ai(path: Path, answers: Answers, n_labels: int | None) -> None:
    wrong = np.flatnonzero(answers.ai >= (n_labels or np.inf))
    if wrong.size:
        raise FolderError(
            f"{path}: task {answers.keys[wrong[0]]}, worker AI has the label {answers.ai[wrong[0]]}; n_classes is "
            f"{n_labels} in the metadata, so 0 to {(n_labels or 0) - 1} are allowed"
        )


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan
