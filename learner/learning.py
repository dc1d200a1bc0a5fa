"""One round's work, from votes to an order: what is learnt of a project, without a word about jobs or rows."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import annotate_kit.acquisition
import annotate_kit.estimators
from annotate import consensus
from learner import dataset, evaluating, features, scoring
from learner.dataset import Labelled
from learner.evaluating import Predict, Score
from learner.ranking import Best, in_test_share, interleaved, lots
from learner.scoring import Knowledge
from learner.shards import Shards
from projects.models import Project

BAND = 20_000  # how many items an order has: more than people label between two rounds
COMMITTEE = 5  # models, where an acquisition function compares several
MOST_TRAINED = 20_000  # a model learns from a sample of so many items; more make it slower and no better

Ids = NDArray[np.int64]
Phase = Callable[[str], AbstractContextManager[None]]


@dataclass
class Learnt:
    """What a round found out. Filled in as it goes, so that one which has to stop early says how far it came."""

    n_labels: int = 0
    n_train: int = 0
    n_test: int = 0
    n_pool: int = 0
    score: Score | None = None
    cv_score: float | None = None
    order: Ids = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    best: Best = field(default_factory=lambda: Best(BAND))


class TooFewLabels(Exception):
    """There is nothing to learn yet; the message says what is needed."""


def learn(project: Project, learnt: Learnt, seed: int, phase: Phase) -> None:
    """Train on what people agree on, and put what they have not answered in the order of most use."""
    with phase("consensus"):
        consensus.refresh_all(project)
    with phase("votes"):
        train, test = _shares(project, dataset.labelled(project), learnt)
    with phase("features"):
        kept = features.of_items(project)
    _with_features(kept, train, test, learnt)
    train, test = train.part(kept.has(train.items)), test.part(kept.has(test.items))
    _check(project, train)
    rng = np.random.default_rng([project.pk, seed])
    train = train.part(np.sort(rng.permutation(len(train))[:MOST_TRAINED]))
    with phase("fit"):
        X = kept.read(train.items)
        fit = _fitter(project, X, train)
        predict = fit(np.arange(len(train)))
    with phase("evaluate"):
        if len(test):
            learnt.score = evaluating.score(predict(kept.read(test.items)), test.answers)
        learnt.cv_score = evaluating.cross_validated(X, train.answers, fit, rng)
    with phase("score"):
        committee = _committee(project, fit, train, rng)
        known = Knowledge(predict, committee, dataset.counts(train, project), dataset.of_rarest_label(train, project))
        at_random = _score_pool(project, kept, known, learnt, rng)
    with phase("rank"):
        learnt.order = interleaved(learnt.best.items, at_random[:BAND], project.explore, rng)[:BAND]


def _shares(project: Project, labelled: Labelled, learnt: Learnt) -> tuple[Labelled, Labelled]:
    is_test = in_test_share(project.pk, labelled.items, project.explore)
    train, test = labelled.part(~is_test), labelled.part(is_test)
    learnt.n_labels, learnt.n_train, learnt.n_test = len(labelled), len(train), len(test)
    _check(project, train)
    return train, test


def _check(project: Project, train: Labelled) -> None:
    """TooFewLabels unless there are two different answers to learn from."""
    if len(train) and (train.answers != train.answers[0]).any():
        return
    needed = "two annotations that differ" if project.kind.multiple else "at least one annotation of two labels"
    besides = " outside the share that is kept for testing" if project.explore else ""
    raise TooFewLabels(f"needs {needed}{besides}")


def _with_features(kept: Shards, train: Labelled, test: Labelled, learnt: Learnt) -> None:
    """Only items with features count; features.NoFeatures when no labelled item has any."""
    learnt.n_train, learnt.n_test = int(kept.has(train.items).sum()), int(kept.has(test.items).sum())
    if not learnt.n_train:
        raise features.NoFeatures("none of the labelled items has features")


def _fitter(project: Project, X: Any, train: Labelled) -> evaluating.Fit:
    """What learns from some rows of the training items and returns what predicts every label of the project."""
    from scipy.sparse import issparse

    n_labels, sparse = len(project.label_names), issparse(X)

    def fit(rows: NDArray[np.intp]) -> Predict:
        if project.kind.multiple:
            several = annotate_kit.estimators.make_multilabel(project.estimator, n_labels, project.pk, sparse=sparse)
            return several.fit(X[rows], train.answers[rows], sample_weight=train.weights[rows]).predict_proba
        entry = annotate_kit.estimators.registry.load(project.estimator)
        model = entry.make(n_labels, project.pk, sparse=sparse)
        model.fit(X[rows], train.answers[rows], sample_weight=train.weights[rows])
        return lambda pool: annotate_kit.estimators.proba(model, pool, n_labels)

    return fit


def _committee(project: Project, fit: evaluating.Fit, train: Labelled, rng: np.random.Generator) -> list[Predict]:
    """Models of random samples of the training items, drawn with replacement, where the acquisition asks for them."""
    entry = annotate_kit.acquisition.registry.load(project.acquisition)
    if "committee" not in entry.needs:
        return []
    _, one_of_each = np.unique(train.answers, axis=0, return_index=True)
    drawn = (rng.integers(len(train), size=len(train)) for _ in range(COMMITTEE))
    return [fit(np.sort(np.concatenate([one_of_each, rows]))) for rows in drawn]


def _score_pool(
    project: Project, kept: Shards, known: Knowledge, learnt: Learnt, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Score the pool and keep the best; returns its part that is served at random, in order."""
    pool = dataset.pool(project)
    is_test = in_test_share(project.pk, pool, project.explore)
    learnt.n_pool = scoring.best_of(project, kept, pool[~is_test], known, learnt.best, rng)
    at_random = pool[is_test]
    return at_random[np.argsort(lots(project.pk, at_random))]
