"""What passes between a task type and those who use it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spec:
    """The set-up of a project as a task type needs it: label names in order, their colours, the type's `Options`."""

    labels: tuple[str, ...]
    colors: Mapping[str, str] = field(default_factory=dict)
    options: Any = None

    def with_labels(self, names: Iterable[str]) -> "Spec":
        """The same with another label set."""
        return replace(self, labels=tuple(names))

    @property
    def scale(self) -> float | None:
        """The difference between the ends of the scale, where values are numbers on one."""
        return getattr(self.options, "scale", None)


class Part(NamedTuple):
    """Something in a value that can be right or wrong by itself. `place`: where the label stands, None for a choice."""

    label: str | None
    place: Any = None


@dataclass(frozen=True)
class Content:
    """What an item shows, as far as a value's limits hang on it; read when it is first needed.

    `load` returns the text, the picture's (width, height) and the record, each None where it is another kind of item.
    `picture`: the picture's address, where the value is drawn on a page. `scale`: that of the project's `Spec`, where
    values are compared.
    """

    load: Callable[[], tuple[str | None, tuple[int, int] | None, Mapping[str, Any] | None]]
    picture: str | None = None
    scale: float | None = None

    @cached_property
    def _loaded(self) -> tuple[str | None, tuple[int, int] | None, Mapping[str, Any] | None]:
        return self.load()

    @property
    def text(self) -> str | None:
        return self._loaded[0]

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels, after rotation."""
        return self._loaded[1]

    @property
    def data(self) -> Mapping[str, Any] | None:
        return self._loaded[2]


@dataclass(frozen=True, eq=False)
class Question:
    """Something that votes can answer about units, which are the items unless `item` says otherwise.

    votes         people's answers, of U units, K labels
    item          (U,) the number of the item that each unit belongs to
    independent   False: units of one item hang together, so that one mistake is made on several of them
    """

    name: str
    labels: Sequence[str]
    votes: Votes
    item: NDArray[np.int64] | None = None
    independent: bool = True


@dataclass(frozen=True, eq=False)
class Answers:
    """The annotations of a project or of some of its items, one number each.

    items, people         the ids that the numbers stand for, ascending
    item, person, value   (V,) which item, which person, which of `values`
    load_contents         the content of each item, asked for by types whose values hang on it
    """

    items: NDArray[np.int64]
    people: NDArray[np.int64]
    item: NDArray[np.int32]
    person: NDArray[np.int32]
    value: NDArray[np.int32]
    values: Sequence[Any]
    load_contents: Callable[[], Sequence[Content]] = list

    def __len__(self) -> int:
        return len(self.item)

    @cached_property
    def contents(self) -> Sequence[Content]:
        return self.load_contents()

    @cached_property
    def as_values(self) -> Votes:
        """The whole values as if each were a label: who says exactly the same as whom."""
        sizes = (len(self.items), len(self.people))
        return Votes(self.item, self.person, self.value, *sizes, max(1, len(self.values)))

    @cached_property
    def per_item(self) -> NDArray[np.int64]:
        """(N,) how many people answered each item."""
        return np.bincount(self.item, minlength=len(self.items))

    @cached_property
    def only_value(self) -> NDArray[np.int64]:
        """(N,) the number of the value of an item with one answer; -1 where there are more."""
        alone = np.full(len(self.items), -1, dtype=np.int64)
        single = self.per_item[self.item] == 1
        alone[self.item[single]] = self.value[single]
        return alone


@dataclass(frozen=True, eq=False)
class Composed:
    """What the answers agree on, one entry an item.

    probabilities   of each label that the type votes on, as JSON keeps it
    confidence      (N,) 0 to 1, of the least sure decision
    parts           with their probability, near misses included; None where the value has no parts of its own
    disagreement    (N,) 0 to 1, the mean distance of two answers; None: the chance that two of them differ
    """

    values: Sequence[Any]
    probabilities: Sequence[Mapping[str, float]]
    confidence: Floats
    parts: Sequence[list[dict[str, Any]]] | None = None
    disagreement: Floats | None = None
