"""How far people's values agree: as wholes, and object by object."""

from itertools import combinations
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.agreement import Agreement, Distances, sigma_and_ks
from annotate_kit.agreement.krippendorff import measure_by_item

from ._contract import Answers, Content, Floats, Ints
from ._objects import Geometry, ObjectOptions, ObjectPlan, Objects, Place
from ._relations import spans_of

MOST_WITHIN = 45
"""Pairs of one item's answers that are looked at."""
BETWEEN = 4000
"""Pairs of answers to different items that are drawn."""


class Stretches(Geometry):
    """Spans as objects: a place is where one begins and where it ends."""

    key = "span"

    def clean_place(self, place: Any, content: Content) -> list[Any]:
        return list(place)

    def places(self, value: Any) -> list[Place]:
        return [np.array([span["start"], span["end"]], dtype=np.float64) for span in spans_of(value)]

    def similarity(self, a: Any, b: Any, content: Content) -> Floats:
        (starts, ends), (other_starts, other_ends) = np.stack(a).T[:, :, None], np.stack(b).T
        shared = (np.minimum(ends, other_ends) - np.maximum(starts, other_starts)).clip(0)
        return np.asarray(shared / (np.maximum(ends, other_ends) - np.minimum(starts, other_starts)))

    def merged(self, objects: Objects) -> list[list[Any]]:
        return [[] for _ in range(len(objects))]


def agreement_of(entry: ModuleType, answers: Answers, **bootstrap: Any) -> dict[str, Agreement]:
    """The coefficients by name (see `agreement`); `bootstrap` are replicates, confidence and seed."""
    rng = np.random.default_rng(bootstrap.get("seed", 0))
    sigma, ks = sigma_and_ks(_of_answers(entry, answers, rng), **bootstrap)
    coefficients = {"sigma": sigma, "ks": ks}
    geometry = Stretches() if entry.__name__.endswith(".spans") else getattr(entry, "GEOMETRY", None)
    if geometry is None:
        return coefficients
    plan = ObjectPlan(answers, ObjectOptions(overlap=geometry.reach), geometry)
    there, label = plan.questions
    coefficients["found"] = measure_by_item(there.votes, there.item, **bootstrap)
    coefficients["called"] = measure_by_item(label.votes, label.item, **bootstrap)
    coefficients["drawn"], coefficients["drawn_ks"] = sigma_and_ks(_of_shapes(geometry, plan.objects, rng), **bootstrap)
    return coefficients


def sigma_of_pairs(
    entry: ModuleType, answers: Answers, *, least: int = 2, seed: int = 0
) -> tuple[Floats, NDArray[np.int64]]:
    """σ of every two people, and how many items both answered: see `agreement_of_pairs`."""
    distances, people = _apart(entry, answers, np.random.default_rng(seed))
    size = (answers.n_annotators, answers.n_annotators)
    shared, total = np.zeros(size, dtype=np.int64), np.zeros(size)
    for first, second in (people, people[::-1]):
        np.add.at(shared, (first, second), 1)
        np.add.at(total, (first, second), distances.within)
    sigma = np.full(size, np.nan)
    if distances.between.sum():
        comparable = shared >= least
        sigma[comparable] = 1 - total[comparable] / shared[comparable] / distances.between.mean()
    answered = np.bincount(answers.annotator, minlength=answers.n_annotators)
    np.fill_diagonal(shared, answered)
    np.fill_diagonal(sigma, np.where(answered > 0, 1.0, np.nan))
    return sigma, shared


def _of_answers(entry: ModuleType, answers: Answers, rng: np.random.Generator) -> Distances:
    return _apart(entry, answers, rng)[0]


def _apart(entry: ModuleType, answers: Answers, rng: np.random.Generator) -> tuple[Distances, Ints]:
    """How far apart answers are; and (2, P) the people of each pair of answers to one item."""
    pairs = [pair for of_item in answers.by_item() for pair in _pairs(of_item, answers.annotator, rng)]
    first, second = _columns(pairs)
    stranger, another = _strangers(answers.item, rng)

    def apart(a: Ints, b: Ints) -> Floats:
        return np.array(
            [
                entry.distance(answers.values[x], answers.values[y], answers.contents[answers.item[x]])
                for x, y in zip(a.tolist(), b.tolist(), strict=True)
            ]
        )

    item = answers.item
    between, within = apart(stranger, another), apart(first, second)
    distances = Distances(item[first], within, item[stranger], item[another], between, answers.n_items)
    return distances, answers.annotator[np.stack([first, second])]


def _of_shapes(geometry: Geometry, objects: Objects, rng: np.random.Generator) -> Distances:
    item = objects.item[objects.object] if len(objects) else np.zeros(0, dtype=np.int64)
    pairs = [pair for shapes in objects.members() for pair in _pairs(shapes, objects.annotator, rng)]
    first, second = _columns(pairs)
    stranger, another = _strangers(item, rng)

    def apart(a: Ints, b: Ints) -> Floats:
        near = [
            geometry.nearness([objects.place[x]], [objects.place[y]], objects.contents[item[x]])[0, 0]
            for x, y in zip(a.tolist(), b.tolist(), strict=True)
        ]
        return 1 - np.array(near, dtype=np.float64)

    n_items = len(objects.contents)
    between = apart(stranger, another)
    return Distances(item[first], apart(first, second), item[stranger], item[another], between, n_items)


def _pairs(numbers: Ints, annotator: Ints, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Pairs of different people's, at most MOST_WITHIN."""
    pairs = [(a, b) for a, b in combinations(numbers.tolist(), 2) if annotator[a] != annotator[b]]
    if len(pairs) <= MOST_WITHIN:
        return pairs
    return [pairs[place] for place in rng.choice(len(pairs), MOST_WITHIN, replace=False)]


def _columns(pairs: list[tuple[int, int]]) -> Ints:
    return np.array(pairs, dtype=np.int64).reshape(-1, 2).T


def _strangers(item: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Pairs of different items', drawn at random."""
    if not len(item):
        return item, item
    first, second = rng.integers(0, len(item), (2, BETWEEN))
    apart = item[first] != item[second]
    return first[apart], second[apart]
