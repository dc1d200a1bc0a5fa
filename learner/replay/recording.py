"""A file of items with the right answers, and perhaps with what people answered."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from annotate_kit.features import Features, table, text_hashing
from annotate_kit.representations import Views

FIELDS = {"external_id", "text", "data", "gold", "annotations", "meta"}


class Unusable(ValueError):
    """The recording cannot be replayed; the message says what would be right."""


@dataclass(frozen=True)
class Row:
    """`votes` are (annotator, value) in the order in which they were given."""

    external_id: str
    text: str | None
    data: dict[str, Any] | None
    gold: Any
    votes: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Recording:
    """Items of one kind; row i of `vectors`, if there are any, belongs to item i."""

    rows: list[Row]
    vectors: NDArray[np.float32] | None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def kind(self) -> str:
        return "text" if self.rows[0].text is not None else "data"

    @property
    def features(self) -> str:
        """The project's features for these items."""
        if self.vectors is not None:
            return "given_vectors"
        return "text_hashing" if self.kind == "text" else "table"

    @property
    def is_multilabel(self) -> bool:
        return any(isinstance(row.gold, list) for row in self.rows)

    @property
    def has_votes(self) -> bool:
        return any(row.votes for row in self.rows)

    def labels(self) -> list[str]:
        """Every label that is right for some item, or that somebody gave."""
        values = [row.gold for row in self.rows] + [value for row in self.rows for _, value in row.votes]
        names = {name for value in values for name in (value if isinstance(value, list) else [value])}
        return sorted(names)

    def answers(self, labels: list[str]) -> NDArray[np.int64]:
        """(n,) positions of the right labels; (n, L) of 0 and 1 where items have any number of them."""
        place = {name: position for position, name in enumerate(labels)}
        if not self.is_multilabel:
            return np.array([place[row.gold] for row in self.rows], dtype=np.int64)
        answers = np.zeros((len(self), len(labels)), dtype=np.int64)
        for number, row in enumerate(self.rows):
            answers[number, [place[name] for name in row.gold]] = 1
        return answers

    def part(self, places: NDArray[np.intp]) -> "Recording":
        vectors = None if self.vectors is None else self.vectors[places]
        return Recording([self.rows[place] for place in places], vectors)

    def own_features(self) -> Features:
        """What a model sees of the items without a project."""
        if self.vectors is not None:
            return self.vectors
        if self.kind == "text":
            return text_hashing.compute([row.text or "" for row in self.rows])
        return table.compute([row.data or {} for row in self.rows])

    def views(self) -> Views:
        """The same as vectors and words, of which a project's models take what they know."""
        if self.kind == "text":
            return Views(self.vectors, text_hashing.compute([row.text or "" for row in self.rows]))
        return Views(self.vectors, None if self.vectors is not None else self.own_features())


def read(path: Path, vectors: Path | None = None) -> Recording:
    """The items of an NDJSON file; Unusable names the line that is none."""
    rows = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                rows.append(_row(number, line))
    if not rows:
        raise Unusable(f"{path.name} has no items")
    if len({row.text is None for row in rows}) > 1:
        raise Unusable(f"{path.name} has texts and records; a replay needs items of one kind")
    return Recording(rows, None if vectors is None else _vectors(vectors, len(rows)))


def _row(number: int, line: bytes) -> Row:
    try:
        row = orjson.loads(line)
    except ValueError as error:
        raise Unusable(f"line {number} is no JSON: {error}") from error
    if not isinstance(row, dict) or row.get("gold") is None:
        raise Unusable(f'line {number} must be an object with a gold answer, such as {{"text": "…", "gold": "yes"}}')
    if unknown := row.keys() - FIELDS:
        raise Unusable(f"line {number}: unknown field {min(unknown)!r}; known are {', '.join(sorted(FIELDS))}")
    if (row.get("text") is None) == (row.get("data") is None):
        raise Unusable(f"line {number} must have either text or data")
    votes = tuple((str(vote["annotator"]), _value(vote["value"])) for vote in row.get("annotations") or [])
    return Row(
        str(row.get("external_id") or f"row-{number}"), row.get("text"), row.get("data"), _value(row["gold"]), votes
    )


def _value(value: Any) -> Any:
    return [str(name) for name in value] if isinstance(value, list) else str(value)


def _vectors(path: Path, n: int) -> NDArray[np.float32]:
    try:
        vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise Unusable(f"{path.name} is no .npy file of numbers: {error}") from error
    if vectors.ndim != 2 or len(vectors) != n:
        raise Unusable(f"{path.name} must have a row for each of the {n} items, its shape is {vectors.shape}")
    return vectors.astype(np.float32)
