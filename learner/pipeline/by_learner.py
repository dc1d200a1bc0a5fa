"""A round of a task type that has a learner of its own: of spans from texts, of ratings and forms from features, of
comparisons and rankings from the candidates' texts.

The learner is an entry of `annotate_kit.learners`. The task type may tell what of a value is learned (`learnable`), and
what of a prediction is suggested (`proposed`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from annotate import consensus
from annotate.queue.suggestions import Proposal
from annotate_kit import learners, merging
from annotate_kit.acquisition import chosen_first, clustered_margin, top
from annotate_kit.learners import Prediction
from learner import dataset
from learner.evaluation import values
from learner.exploration import in_test_share, interleaved, put_first, split_pool
from learner.features.shards import Shards
from learner.pipeline import adaptive_votes, diversity, scoring
from learner.pipeline.learnt import Ids, Learnt, Phase
from projects import label_sets
from projects.models import Project

MOST_TRAINED = 5000
"""Items that a model learns from: a sample of so many takes some seconds."""
MOST_SCORED = 5000
"""Items of the pool that are looked at in a round, drawn at random where there are more."""
MOST_LEFT_OUT = 1000
"""Items of the training set that cross-validation takes."""
FOLDS = 3


@dataclass(frozen=True)
class Agreed:
    """Items with the values that people agree on, and how certain each is."""

    items: Ids
    values: Sequence[Any]
    weights: NDArray[np.float64]

    def part(self, rows: NDArray[Any]) -> "Agreed":
        chosen = np.arange(len(self.items))[rows]
        return Agreed(self.items[chosen], [self.values[row] for row in chosen.tolist()], self.weights[chosen])


def learn(project: Project, learnt: Learnt, rng: np.random.Generator, phase: Phase) -> str:
    """Train on what people agree on and put the others in the order of most use; returns what is lacking, if it is."""
    learner = learners.registry.load(project.kind.learner)
    with phase("consensus"):
        consensus.fresh(project, whole=True)
    with phase("votes"):
        train, test = _shares(project, learnt)
        unlabelled, at_random = split_pool(project.pk, dataset.pool(project), project.explore)
    shown = _shown(project, learner, phase)
    train, test = train.part(shown.has(train.items)), test.part(shown.has(test.items))
    if lacking := learner.lacking(train.values):
        return f"needs {lacking} to learn from, outside the share that is kept for testing"
    with phase("fit"):
        train = train.part(np.sort(rng.permutation(len(train.items))[:MOST_TRAINED]))
        contents = shown.read(train.items)
        model = learner.fit(contents, train.values, train.weights.tolist())
    with phase("evaluate"):
        if len(test.items):
            predicted = learner.predict(model, shown.read(test.items))
            learnt.score = _compared(project, predicted, test.values).score(rng)
        learnt.cv_score = _cross_validated(project, learner, contents, train, rng)
    with phase("score"):
        pool = np.sort(rng.permutation(unlabelled[shown.has(unlabelled)])[:MOST_SCORED])
        predictions = learner.predict(model, shown.read(pool))
        order = shown.order(pool, np.array([row.score for row in predictions]), scoring.batch(project), rng)
        learnt.n_pool = len(pool)
        learnt.proposals = [_proposal(project, int(pool[row]), predictions[row]) for row in order.tolist()]
    with phase("rank"):
        again = adaptive_votes.apply(project)
        ranked = interleaved(pool[order], at_random[:MOST_SCORED], project.explore, rng)
        learnt.order = put_first(again, ranked)
    return ""


def _shares(project: Project, learnt: Learnt) -> tuple[Agreed, Agreed]:
    agreed = _agreed(project)
    is_test = in_test_share(project.pk, agreed.items, project.explore)
    train, test = agreed.part(~is_test), agreed.part(is_test)
    learnt.n_labels, learnt.n_train, learnt.n_test = len(agreed.items), len(train.items), len(test.items)
    return train, test


def _agreed(project: Project) -> Agreed:
    """By the names of `project.label_set`, which is read again where labels got new names meanwhile."""
    while True:
        items, distinct, code, confidence = dataset.agreed_values(project)
        if label_sets.current(project.pk).version == project.label_set.version:
            learnable = values.learnable(project, distinct)
            agreed = Agreed(items, [learnable[number] for number in code.tolist()], dataset.relative(confidence))
            return agreed.part(np.array([value is not None for value in agreed.values], dtype=bool))
        project.read_labels_again()
        consensus.fresh(project, whole=True)


class Shown(Protocol):
    """What a learner is shown of items."""

    def has(self, items: Ids) -> NDArray[np.bool_]:
        """Which of these items there is something of."""
        ...

    def read(self, items: Ids) -> list[Any]:
        """What each of these items shows, in their order."""
        ...

    def order(self, items: Ids, scores: NDArray[np.float64], k: int, rng: np.random.Generator) -> NDArray[np.intp]:
        """The places of these items, the first to be asked about first; `k` are answered before the next round."""
        ...


class Texts:
    def has(self, items: Ids) -> NDArray[np.bool_]:
        return np.ones(len(items), dtype=bool)

    def read(self, items: Ids) -> list[Any]:
        """An empty text for an item that was deleted meanwhile."""
        texts = dict(dataset.contents(items))
        return [texts.get(item, "") for item in items.tolist()]

    def order(self, items: Ids, scores: NDArray[np.float64], k: int, rng: np.random.Generator) -> NDArray[np.intp]:
        return top(scores, len(scores))


@dataclass(frozen=True)
class Vectors:
    stored: Shards

    def has(self, items: Ids) -> NDArray[np.bool_]:
        return self.stored.has(items)

    def read(self, items: Ids) -> list[Any]:
        """A row each, as it is stored: dense, or of a CSR matrix."""
        if not len(items):
            return []
        rows = self.stored.read(items)
        return [rows[[place]] for place in range(len(items))]

    def order(self, items: Ids, scores: NDArray[np.float64], k: int, rng: np.random.Generator) -> NDArray[np.intp]:
        """First the highest score of each of k clusters, so that they do not all lie in one region."""
        if len(items) <= k:
            return top(scores, len(scores))
        chosen = clustered_margin.highest_of_clusters(scores, self.stored.read(items), k, rng)
        return chosen_first(chosen, scores)


@dataclass(frozen=True)
class Candidates:
    """The texts in a list of every record.

    field      where the list is
    of_lists   the items whose list has two or more, ascending
    """

    field: str
    of_lists: Ids

    def has(self, items: Ids) -> NDArray[np.bool_]:
        return np.isin(items, self.of_lists)

    def read(self, items: Ids) -> list[Any]:
        """Two empty texts for an item that was deleted meanwhile."""
        records = dict(dataset.contents(items))
        lists = [records.get(item, {}).get(self.field, []) for item in items.tolist()]
        return [texts if len(texts) > 1 else ["", ""] for texts in lists]

    def order(self, items: Ids, scores: NDArray[np.float64], k: int, rng: np.random.Generator) -> NDArray[np.intp]:
        """At random: candidates of which a model is unsure are often worth the same, and then the answer is chance."""
        return rng.permutation(len(items))


def _shown(project: Project, learner: Any, phase: Phase) -> Shown:
    if learner.takes == "texts":
        return Texts()
    if learner.takes == "candidates":
        field = project.spec.options.candidates
        return Candidates(field, dataset.with_lists(project, field))
    with phase("features"):
        return Vectors(diversity.stored_features(project))


def _cross_validated(
    project: Project, learner: Any, contents: Sequence[Any], train: Agreed, rng: np.random.Generator
) -> float | None:
    """The score on items that were left out in turn; None with too few to leave any out."""
    rows = np.sort(rng.permutation(len(contents))[:MOST_LEFT_OUT]).tolist()
    if len(rows) < 2 * FOLDS:
        return None
    answers, shown = [train.values[row] for row in rows], [contents[row] for row in rows]
    left_out = learners.out_of_fold(learner, shown, answers, folds=FOLDS)
    known = [(row, answer) for row, answer in zip(left_out, answers, strict=True) if row is not None]
    figure = _compared(project, [row for row, _ in known], [answer for _, answer in known]).figure
    return figure if math.isfinite(figure) else None


def _compared(project: Project, predictions: Sequence[Prediction], answers: Sequence[Any]) -> values.Compared:
    contents = [merging.Content()] * len(answers)
    return values.Compared(values.scorer(project), [row.value for row in predictions], answers, contents)


def _proposal(project: Project, item: int, prediction: Prediction) -> Proposal:
    parts = [{**part, "probability": round(part["probability"], 4)} for part in prediction.parts]
    value = prediction.value
    if hasattr(project.kind, "proposed"):
        value = project.kind.proposed(value, project.spec)
    return Proposal(item, value, None, float(prediction.score), parts)
