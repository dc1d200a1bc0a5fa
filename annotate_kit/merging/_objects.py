"""Shapes drawn by several people, matched to objects.

Shapes that overlap enough and are of different people are one object (average linkage). An object stands when at
least a quorum of those who answered drew it; where it lies is for the kind of shape to say (`Geometry.merged`).

CVAT's `intersect_merge` clusters by pairs; A. Braylan, M. Lease (2021), Aggregating complex annotations via merging
and matching, has the general theory.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes

from ._contract import NEAR_MISS, Answers, Content, Floats, Ints, Merged, Question, Value
from ._scores import f1

Place = Any
"""Where a shape is: an array (4,) of a box, (2,) of a point, (n, 2) of a polygon or line; of keypoints, joints by name.
"""

APART = 1e9
"""A distance that no average brings within reach: shapes of one person are never one object."""
OTHER_LABEL = 0.9
"""What a similarity counts across labels, so that of equal matches that with the same label wins."""


@dataclass(frozen=True)
class ObjectOptions:
    """quorum     share of the people who answered an item that must have drawn an object
    overlap    least mean similarity at which shapes are one object
    """

    quorum: float = 1 / 3
    overlap: float = 0.25

    def __post_init__(self) -> None:
        for name, share in vars(self).items():
            if isinstance(share, float) and not 0 < share <= 1:
                raise ValueError(f"{name} must be more than 0 and at most 1; it is {share}")


class Geometry(ABC):
    """A kind of shape. Similarities are 0 to 1; 1 is the same."""

    key: ClassVar[str]
    """What the shape is called in a part, as "box"."""
    of_ipyannotations: ClassVar[str] = ""
    """What ipyannotations calls its place, as "xyxy"; read, never written."""
    same: ClassVar[float] = 0.5
    """The similarity from which a shape counts as found where values are scored."""
    reach: ClassVar[float] = 0.25
    """The mean similarity from which shapes are one object, unless an option says otherwise."""
    figure: ClassVar[str] = "mean_similarity"
    """What the mean similarity of the shapes found is called."""

    @abstractmethod
    def clean_place(self, place: Any, content: Content) -> Any:
        """The place made canonical; ValueError says what would be right."""

    @abstractmethod
    def similarity(self, a: Sequence[Place], b: Sequence[Place], content: Content) -> Floats:
        """(len(a), len(b))"""

    @abstractmethod
    def merged(self, objects: "Objects") -> list[Any]:
        """The place of each object, as `clean_place` gives it."""

    def nearness(self, a: Sequence[Place], b: Sequence[Place], content: Content) -> Floats:
        """The similarity that distances are made of, where it is another one."""
        return self.similarity(a, b, content)

    def clean(self, value: Value, content: Content) -> Value:
        """The parts rounded to a tenth of a pixel and sorted. ValueError for a part that is none."""
        if not isinstance(value, list):
            raise ValueError(f'a value is a list of {{"{self.key}", "label"}}; this is {type(value).__name__}')
        return sorted((self._clean_part(part, content) for part in value), key=self.reading_order)

    def _clean_part(self, part: Any, content: Content) -> dict[str, Any]:
        if isinstance(part, dict) and self.of_ipyannotations in part and self.key not in part:
            part = {**part, self.key: part[self.of_ipyannotations]}
        if not isinstance(part, dict) or self.key not in part:
            raise ValueError(f'a part is {{"{self.key}": …, "label": …}}; this is {part!r}')
        label = part.get("label", "")
        if not isinstance(label, str):
            raise ValueError(f"a part's label must be a label's name; it is {label!r}")
        return _part(self.key, self.clean_place(part[self.key], content), label)

    def corners(self, place: Any) -> Floats:
        """(n, 2)"""
        return np.asarray(place, dtype=np.float64).reshape(-1, 2)

    def reading_order(self, part: dict[str, Any]) -> tuple[str, float, float, str]:
        """By label, then from the top, then from the left."""
        left, top = self.corners(part[self.key]).min(axis=0)
        return part.get("label", ""), float(top), float(left), repr(part[self.key])

    def places(self, value: Value) -> list[Place]:
        return [np.asarray(part[self.key], dtype=np.float64) for part in value or ()]

    def distance(self, a: Value, b: Value, content: Content) -> float:
        """1 − F1 of the best matching, a pair of the same label counting its nearness."""
        if not a and not b:
            return 0.0
        if not a or not b:
            return 1.0
        near = self.nearness(self.places(a), self.places(b), content) * _same_label(a, b)
        return float(1 - 2 * near[matching(near)].sum() / (len(a) + len(b)))

    def score(self, values: Sequence[Value], gold: Sequence[Value], contents: Sequence[Content]) -> dict[str, float]:
        """F1, precision and recall of parts that match a known one by half or more, and the matches' mean overlap.

        Labels must be the same where both sides have one.
        """
        matched: list[float] = []
        for value, true, content in zip(values, gold, contents, strict=True):
            if value and true:
                similar = self.similarity(self.places(value), self.places(true), content) * _same_label(value, true)
                similar = np.where(similar >= self.same, similar, 0.0)
                best = similar[matching(similar)]
                matched += best[best > 0].tolist()
        figures = f1(len(matched), sum(len(value or ()) for value in values), sum(len(true or ()) for true in gold))
        return {**figures, self.figure: float(np.mean(matched)) if matched else float("nan")}


@dataclass(frozen=True, eq=False)
class Objects:
    """M shapes of all items, each of one of O objects.

    place       M places
    object      (M,) the object that each shape is of
    annotator   (M,) who drew it
    label       (M,) its label's number
    item        (O,) the item that each object is in
    """

    place: list[Place]
    object: Ints
    annotator: Ints
    label: Ints
    item: Ints
    contents: Sequence[Content]

    def __len__(self) -> int:
        return len(self.item)

    def members(self) -> Sequence[Ints]:
        """The shapes of each object."""
        order = np.argsort(self.object, kind="stable")
        return np.split(order, np.searchsorted(self.object[order], np.arange(1, len(self))))[: len(self)]


class ObjectPlan:
    def __init__(self, answers: Answers, options: ObjectOptions, geometry: Geometry) -> None:
        self.answers, self.options, self.geometry = answers, options, geometry
        self.labels = sorted({part.get("label", "") for value in answers.values for part in value or ()})
        self.people = _people(answers)
        self.objects = match(answers, self.labels, geometry, options.overlap)
        self.drawn_by = _count_people(self.objects, answers.n_annotators)
        self.questions = [self._there(), self._which_label()]

    def compose(self, probabilities: Sequence[Floats]) -> list[Merged]:
        """The label of each object from the probabilities; whether it is there from the quorum."""
        (which,) = probabilities
        label = which.argmax(axis=1) if len(which) else np.zeros(0, dtype=np.int64)
        people = self.people[self.objects.item]
        there = self.existence(self.drawn_by, people)
        chosen = self.drawn_by >= self.options.quorum * people - 1e-9
        probability = there * which[np.arange(len(label)), label]
        confidence = 1 - self.existence(np.zeros(len(self.people)), self.people)
        sure = np.where(chosen, probability, np.maximum(1 - there, 0.5))
        confidence[np.unique(self.objects.item)] = 1.0
        np.minimum.at(confidence, self.objects.item, sure)
        return self._merged(label, chosen, probability, confidence)

    def existence(self, drawn: Floats, people: Floats) -> Floats:
        """The probability that an object is there which so many of the people drew; a half about the quorum.

        People overlook more than they invent, so the prior odds are those of the quorum, half a vote each way.
        """
        q = self.options.quorum
        odds = (drawn + 0.5) * (1 - q) / np.maximum((people - drawn + 0.5) * q, 1e-9)
        return np.where(q < 1, odds / (1 + odds), (drawn + 0.5) / (people + 1))

    def _merged(self, label: Ints, chosen: NDArray[np.bool_], probability: Floats, confidence: Floats) -> list[Merged]:
        key = self.geometry.key
        places = self.geometry.merged(self.objects)
        parts: list[list[tuple[dict[str, Any], bool]]] = [[] for _ in confidence]
        for number in np.flatnonzero(chosen | (probability >= NEAR_MISS)).tolist():
            part = _part(key, places[number], self.labels[label[number]])
            part |= {"probability": float(probability[number]), "votes": int(self.drawn_by[number])}
            parts[self.objects.item[number]].append((part, bool(chosen[number])))
        merged = []
        for of_item, people, sure in zip(parts, self.people, confidence, strict=True):
            of_item.sort(key=lambda pair: self.geometry.reading_order(pair[0]))
            value = [_part(key, part[key], part.get("label", "")) for part, is_chosen in of_item if is_chosen]
            merged.append(Merged(value, [part for part, _ in of_item], float(sure)) if people else Merged(None))
        return merged

    def _there(self) -> Question:
        """Everybody who answered the item votes on each of its objects: drawn or not."""
        objects, item = self.objects, self.answers.item
        order = np.argsort(objects.item, kind="stable")
        first = np.searchsorted(objects.item[order], np.arange(self.answers.n_items + 1))
        sizes = np.diff(first)[item]
        offset = np.concatenate([[0], np.cumsum(sizes)])
        unit = order[np.arange(offset[-1]) + np.repeat(first[item] - offset[:-1], sizes)]
        annotator = np.repeat(self.answers.annotator, sizes)
        drawn = objects.object * self.answers.n_annotators + objects.annotator
        label = np.isin(unit * self.answers.n_annotators + annotator, drawn).astype(np.int64)
        votes = Votes(unit, annotator, label, len(objects), self.answers.n_annotators, 2)
        return Question("there", ["no", "yes"], votes, objects.item, aggregated=False)

    def _which_label(self) -> Question:
        objects = self.objects
        sizes = len(objects), self.answers.n_annotators, max(1, len(self.labels))
        votes = Votes(objects.object, objects.annotator, objects.label, *sizes)
        return Question("label", self.labels or [""], votes, objects.item)


def match(answers: Answers, labels: Sequence[str], geometry: Geometry, overlap: float) -> Objects:
    """Find which shapes are of the same object, item by item."""
    code = {name: number for number, name in enumerate(labels)}
    places: list[Place] = []
    columns: list[Ints] = []
    items: list[int] = []
    for item, of_item in enumerate(answers.by_item()):
        values = [answers.values[answer] for answer in of_item]
        own = [place for value in values for place in geometry.places(value)]
        if not own:
            continue
        person = np.repeat(answers.annotator[of_item], [len(value or ()) for value in values])
        label = np.array([code[part.get("label", "")] for value in values for part in value or ()])
        cluster = _clusters(geometry.similarity(own, own, answers.contents[item]), person, label, overlap)
        columns.append(np.stack([cluster + len(items), person, label]))
        items += [item] * (int(cluster.max()) + 1)
        places += own
    together = np.concatenate(columns, axis=1) if columns else np.zeros((3, 0), dtype=np.int64)
    group, annotator, label = together
    return Objects(places, group, annotator, label, np.array(items, dtype=np.int64), answers.contents)


def matching(similar: Floats) -> tuple[Ints, Ints]:
    """Rows and columns, (k,) each, of the pairs whose similarities (n, m) sum to the most; k is the smaller of both."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-similar)
    return rows, columns


def _clusters(similarity: Floats, person: Ints, label: Ints, overlap: float) -> Ints:
    """(m,) the number, from 0, of the object that each shape of an item is of."""
    if len(person) == 1:
        return np.zeros(1, dtype=np.int64)
    similarity = np.where(label[:, None] == label, similarity, similarity * OTHER_LABEL)
    apart = np.where(person[:, None] == person, APART, 1 - similarity)
    np.fill_diagonal(apart, 0.0)
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    tree = linkage(squareform((apart + apart.T) / 2, checks=False), "average")
    return np.asarray(fcluster(tree, 1 - overlap, "distance"), dtype=np.int64) - 1


def _people(answers: Answers) -> Floats:
    """(N,) how many people answered each item."""
    pairs = np.unique(np.stack([answers.item, answers.annotator]), axis=1)
    return np.bincount(pairs[0], minlength=answers.n_items).astype(np.float64)


def _count_people(objects: Objects, n_annotators: int) -> Floats:
    """(O,) how many people drew each object."""
    pairs = np.unique(objects.object * n_annotators + objects.annotator)
    return np.bincount(pairs // max(n_annotators, 1), minlength=len(objects)).astype(np.float64)


def _part(key: str, place: Any, label: str) -> dict[str, Any]:
    return {key: place, "label": label} if label else {key: place}


def _same_label(a: Value, b: Value) -> Floats:
    """(len(a), len(b)) 1 where the labels are the same, or one side has none."""
    of_a = np.array([part.get("label", "") for part in a])[:, None]
    of_b = np.array([part.get("label", "") for part in b])
    return ((of_a == of_b) | (of_a == "") | (of_b == "")).astype(np.float64)


def medoid(places: Sequence[Place], similar: Floats) -> Place:
    """The place most like the others, given their (n, n) similarities; of equal ones that with the lower corners."""
    total = similar.sum(axis=1).round(9).tolist()
    return max(zip(total, [(-place).tolist() for place in places], places, strict=True), key=lambda entry: entry[:2])[2]


def rounded(pixels: Any) -> list[Any]:
    """To a tenth of a pixel; lists in lists stay such."""
    return (np.asarray(pixels, dtype=np.float64).round(1) + 0.0).tolist()
