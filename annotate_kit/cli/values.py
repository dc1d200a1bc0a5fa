"""Merging a file of people's values: rows `{external_id, text? | width, height?, annotations, gold?}`, one a line."""

import codecs
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from annotate_kit import learners, merging
from annotate_kit.formats.datasets.peerannot import save_text
from annotate_kit.formats.records import shown
from annotate_kit.merging import Answers, Content, Merged, WrongAnswer

IN_PER_CENT = {"f1": "F1 (%)", "precision": "precision (%)", "recall": "recall (%)"}
LEARNERS = {"spans": "sequence"}
"""Who can be one more voter on which kind of value."""
LEAST_VOTES = 2
"""People who must have answered an item before the model votes on it."""

NAMES = {**IN_PER_CENT, "mean_iou": "mean IoU"}


@dataclass(frozen=True)
class File:
    """A file read: ids, the answers, and the known values (None where there is none)."""

    ids: list[str]
    answers: Answers
    gold: list[Any]
    texts: list[str | None]


@dataclass(frozen=True)
class How:
    """How to merge: the method that answers questions, the kind's options, and whether a model votes too."""

    method: str = "auto"
    seed: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    model: bool = False
    agreement: bool = False


def merge(path: Path, kind: str, how: How, out: Path | None = None) -> dict[str, Any]:
    """Merge the file's answers, write `out`, and tell what was done; with known values, how right it is."""
    file = read(path, kind)
    started = time.perf_counter()
    try:
        merged = _merge(file, kind, how)
    except WrongAnswer as error:
        raise ValueError(f"{path}, external_id {file.ids[error.item]!r}: {error}") from None
    seconds = time.perf_counter() - started
    if out:
        save_text(out, "".join(_line(name, consensus) for name, consensus in zip(file.ids, merged, strict=True)))
    return {
        "type": kind,
        "items": len(file.ids),
        "answers": len(file.answers.values),
        "people": file.answers.n_annotators,
        "parts": sum(len(consensus.parts) for consensus in merged),
        "seconds": round(seconds, 3),
        **_figures(kind, file, merged),
        **(_agreement(kind, file, how.seed) if how.agreement else {}),
        "out": str(out) if out else None,
    }


def _merge(file: File, kind: str, how: How) -> list[Merged]:
    settings = typed(kind, how.settings)
    merged = merging.merge(kind, file.answers, how.method, seed=how.seed, **settings)
    if how.model:
        merged = merging.merge(kind, with_model(file, kind, merged, how.seed), how.method, seed=how.seed, **settings)
    return merged


def with_model(file: File, kind: str, merged: list[Merged], seed: int) -> Answers:
    """The answers and those of a model, as one more annotator; of each item by one that did not learn from it."""
    if kind not in LEARNERS:
        raise ValueError(f"there is no model for {kind}; --model is for {', '.join(LEARNERS)}")
    if any(text is None for text in file.texts):
        raise ValueError("a model reads texts; every row must have its text")
    learner = learners.registry.load(LEARNERS[kind])
    values = [row.value for row in merged]
    predictions = learners.out_of_fold(learner, file.texts, values, [row.confidence for row in merged], seed=seed)
    answers = file.answers
    votes = np.bincount(answers.item, minlength=answers.n_items)
    voted = {n: row.value for n, row in enumerate(predictions) if row and votes[n] >= LEAST_VOTES}
    return Answers(
        np.append(answers.item, list(voted)).astype(np.int64),
        np.append(answers.annotator, np.full(len(voted), answers.n_annotators)),
        [*answers.values, *voted.values()],
        answers.contents,
        answers.n_annotators + 1,
    )


def read(path: Path, kind: str) -> File:
    """ValueError names the line of a row that is wrong, and says what would be right."""
    entry = merging.registry.load(kind)
    ids: list[str] = []
    texts: list[str | None] = []
    contents: list[Content] = []
    gold: list[Any] = []
    item, annotator, values = [], [], []
    code: dict[Any, int] = {}
    lines: dict[str, int] = {}
    for number, row in _rows(path):
        try:
            if (first := lines.setdefault(_id(row), number)) != number:
                raise ValueError(f"external_id {_id(row)!r} was given in line {first} already; a row is an item")
            content = _content(row)
            for answer in _annotations(row):
                values.append(entry.clean(answer["value"], content))
                item.append(len(ids))
                annotator.append(code.setdefault(answer["annotator"], len(code)))
            gold.append(None if row.get("gold") is None else entry.clean(row["gold"], content))
            ids.append(_id(row))
            contents.append(content)
            texts.append(row.get("text"))
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
    if not ids:
        raise ValueError(
            f'{path} has no rows; one is {{"external_id": "a", "annotations": [{{"annotator", "value"}}]}}'
        )
    return File(ids, Answers(np.array(item), np.array(annotator), values, contents, len(code)), gold, texts)


def typed(kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with numbers where the kind's options are numbers. ValueError where one is none."""
    types = {option.name: option.type for option in fields(merging.registry.load(kind).Options)}
    return {
        name: _number(name, value) if "float" in str(types.get(name)) else value for name, value in settings.items()
    }


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"{name} must be a number; it is {value!r}") from None


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    row = orjson.loads(line.removeprefix(codecs.BOM_UTF8) if number == 1 else line)
                except orjson.JSONDecodeError as error:
                    raise ValueError(f"{path}, line {number} is broken JSON: {error}") from None
                if not isinstance(row, dict):
                    raise ValueError(f"{path}, line {number} is {shown(row)}; a row is an object")
                yield number, row


def _id(row: dict[str, Any]) -> str:
    name = row.get("external_id")
    if not isinstance(name, str | int) or isinstance(name, bool):
        raise ValueError(f"external_id must be a string or a whole number; it is {shown(name)}")
    return str(name)


def _content(row: dict[str, Any]) -> Content:
    text, width, height = (row.get(name) for name in ("text", "width", "height"))
    if text is not None and not isinstance(text, str):
        raise ValueError(f"text must be a string; it is {shown(text)}")
    for name, size in (("width", width), ("height", height)):
        if size is not None and (type(size) not in (int, float) or not size > 0):
            raise ValueError(f"{name} must be a number of pixels above 0; it is {shown(size)}")
    return Content(None if text is None else len(text), width, height)


def _annotations(row: dict[str, Any]) -> list[dict[str, Any]]:
    annotations = row.get("annotations")
    if not isinstance(annotations, list) or not all(map(_is_annotation, annotations)):
        raise ValueError(f'annotations must be a list of {{"annotator", "value"}}; it is {shown(annotations)}')
    people = [str(annotation["annotator"]) for annotation in annotations]
    if len(set(people)) < len(people):
        twice = next(name for name in people if people.count(name) > 1)
        raise ValueError(f"annotations has two answers of {shown(twice)}; an item takes one of each")
    return annotations


def _is_annotation(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("annotator"), str | int) and "value" in value


def _figures(kind: str, file: File, merged: list[Merged]) -> dict[str, float]:
    known = [place for place, gold in enumerate(file.gold) if gold is not None]
    if not known:
        return {}
    values, gold, contents = (
        [column[place] for place in known]
        for column in ([consensus.value for consensus in merged], file.gold, file.answers.contents)
    )
    figures = merging.registry.load(kind).score(values, gold, contents)
    return {
        NAMES.get(name, name.replace("_", " ")): round(100 * figure, 2) if name in IN_PER_CENT else figure
        for name, figure in figures.items()
    }


def _agreement(kind: str, file: File, seed: int) -> dict[str, Any]:
    coefficients = merging.agreement(kind, file.answers, seed=seed)
    return {f"agreement: {name}": [round(x, 4) for x in (c.value, c.low, c.high)] for name, c in coefficients.items()}


def _line(name: str, consensus: Merged) -> str:
    row = {
        "external_id": name,
        "value": consensus.value,
        "parts": [{**part, "probability": round(part["probability"], 4)} for part in consensus.parts],
        "confidence": round(consensus.confidence, 4),
        "disagreement": round(consensus.disagreement, 4),
    }
    return orjson.dumps(row).decode() + "\n"
