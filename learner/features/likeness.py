"""The items most like given ones: by the features that rounds have stored, a shard at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

import annotate_kit.features
from annotate.models import Item
from annotate_kit.acquisition import top
from annotate_kit.geometry.neighbours import nearest, unit_rows
from annotate_kit.geometry.rarity import inverse_frequency, weighted
from learner import dataset
from learner.features.shards import Shards
from projects.models import Project

Ids = NDArray[np.int64]
Weigh = Callable[[Any], Any]

MOST = 500  # items that one search finds
MOST_EXAMPLES = 100
_SPARE = 500  # more than are asked for, because features outlive deleted items
_SAMPLE = 20_000  # texts in which it is counted how rare words are

NO_FEATURES = "items are compared by their features, and there are none yet; the next round computes them"
UNSEEN = "the last round had not seen these items; the next one computes their features"
NO_VECTORS = "no vectors were sent of these items"


@dataclass(frozen=True)
class Alike:
    """The items (n,) most like the examples, the most alike first, and their cosine similarities.

    `lacking` says why nothing could be compared; else it is empty.
    """

    items: Ids = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    similarities: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, dtype=np.float32))
    lacking: str = ""


def most_like(project: Project, examples: Ids, count: int, *, only_open: bool = False) -> Alike:
    """The `count` items that resemble one of the examples most, without these; those that are not done, if asked.

    Exact: all stored features are compared, so it costs as much as reading them.
    """
    stored = stored_features(project)
    if stored is None:
        return Alike(lacking=NO_FEATURES)
    examples = np.sort(examples[stored.has(examples)])[:MOST_EXAMPLES]
    if not len(examples):
        return Alike(lacking=NO_VECTORS if project.features == "given_vectors" else UNSEEN)
    weigh = weights(stored)
    others = np.setdiff1d(stored.all_items, examples, assume_unique=True)
    if only_open:
        others = np.intersect1d(others, dataset.pool(project), assume_unique=True)
    items, similarities = _nearest(stored, others, weigh(stored.read(examples)), weigh, count + _SPARE)
    present = _present(project, items)
    return Alike(items[present][:count], similarities[present][:count])


def stored_features(project: Project) -> Shards | None:
    """The features of the project's items that were computed or sent so far; of another kind, if only these are there.

    Nothing is computed here.
    """
    others = [name for name in annotate_kit.features.registry.names if name != project.features]
    for name in [project.features, *others]:
        stored = Shards(project.pk, name, annotate_kit.features.version(name))
        if stored.stems:
            return stored
    return None


def weights(stored: Shards) -> Weigh:
    """What makes rows of features comparable: length 1, and of texts the rare words count more."""
    if not stored.is_sparse:
        return unit_rows
    items = stored.all_items
    sample = items[:: max(1, len(items) // _SAMPLE)]
    often = np.zeros(stored.columns, dtype=np.int64)
    for _, words in stored.chunks(sample):
        often += cast(Any, words).getnnz(axis=0)
    idf = inverse_frequency(often, len(sample))
    return lambda words: weighted(words, idf)


def _nearest(stored: Shards, items: Ids, examples: Any, weigh: Weigh, most: int) -> tuple[Ids, NDArray[np.float32]]:
    """The `most` of these items with the highest similarity to an example, highest first."""
    best, similarities = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    for part, X in stored.chunks(items):
        best = np.concatenate([best, part])
        similarities = np.concatenate([similarities, nearest(weigh(X), examples, 1)[1][:, 0]])
        order = top(similarities.astype(np.float64), most)
        best, similarities = best[order], similarities[order]
    return best, similarities


def _present(project: Project, items: Ids) -> NDArray[np.bool_]:
    rows = Item.objects.filter(project=project, pk__in=items.tolist()).values_list("pk", flat=True)
    return np.isin(items, np.fromiter(rows, dtype=np.int64))
