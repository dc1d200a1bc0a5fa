"""One round's work, from votes to an order: what is learnt of a project, without a word about jobs or rows."""

import hashlib
from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

import annotate_kit.acquisition
import annotate_kit.estimators
import annotate_kit.learners
from annotate import consensus
from annotate_kit.estimators import Context
from annotate_kit.geometry.graph import Graph
from learner import dataset, features
from learner.dataset import Labelled
from learner.evaluation import reliability, scores
from learner.evaluation.scores import OutOfFold, Predict
from learner.exploration import Best, in_test_share, interleaved, put_first, split_pool
from learner.features import representing
from learner.features.representing import Rows, View
from learner.features.shards import Shards
from learner.pipeline import adaptive_votes, by_learner, diversity, scoring
from learner.pipeline.adaptive_votes import ModelVotes
from learner.pipeline.learnt import Data, Ids, Learnt, Phase, TooFewLabels
from learner.pipeline.scoring import Knowledge
from learner.pipeline.training import Fitted, Trainer
from learner.suspects import Doubted
from projects.estimators import learns_from_votes
from projects.models import Project

GRAPH = 3000  # items without labels over which labels spread
QUICK = "logistic_regression"  # what makes the short list of a large pool
COMMITTEE = 5  # models, where an acquisition function compares several
MOST_TRAINED = 20_000  # a model learns from a sample of so many items; more make it slower and no better


def learn(project: Project, learnt: Learnt, seed: int, phase: Phase, data: Data | None = None) -> None:
    """Train on what people agree on, and put what they have not answered in the order of most use.

    With the `data` of an earlier round nothing is read of votes and queue, and nothing is changed there.
    """
    rng = np.random.default_rng([project.pk, seed])
    if project.kind.learner is None:
        diversity.learn(project, learnt, rng, phase)
        return
    if not project.labels_whole_items:
        if lacking := by_learner.learn(project, learnt, rng, phase):
            _start_by_features(project, learnt, rng, phase, lacking)
        return
    if data is None:
        with phase("consensus"):
            consensus.fresh(project, whole=True)
    with phase("votes"):
        learnt.data = data = data or Data(dataset.labelled(project), dataset.pool(project))
        train, test = _shares(project, data.labelled, learnt)
        pool, at_random = split_pool(project.pk, data.pool, project.explore)
    if (lacking := _lacking(project, train)) and not scoring.can_start(project):
        raise TooFewLabels(lacking)
    with phase("features") as advance:
        stored = features.of_items(project, advance)
        train, test = _with_features(stored, train, test, learnt)
        lacking = lacking or _lacking(project, train)
        view = representing.view_of(project, stored)
    if lacking:
        with phase("rank"):
            _start(project, view, pool, at_random, learnt, lacking, rng)
        return
    train = train.part(np.sort(rng.permutation(len(train))[:MOST_TRAINED]))
    rows, candidates = _rows(project, stored, view, train, test, pool, learnt, phase, rng)
    with phase("fit"):
        X = rows.read(train.items)
        learnt.features = digest(X)
        trainer = Trainer(project, view.estimator, X, train, _context(rows, candidates, view, learnt, rng))
        fitted = trainer.fit_all()
        learnt.tuning, learnt.fitted, learnt.view, learnt.rows = fitted.tuning, fitted, view, rows
        learnt.trainer = trainer.settled(fitted)
    with phase("evaluate"):
        left_out = _evaluate(learnt, trainer, fitted, rows, test, rng)
    with phase("score"):
        committee = _committee(project, trainer.settled(fitted).fit, train, rng)
        knowledge = Knowledge(
            fitted.predict, committee, dataset.counts(train, project), dataset.of_rarest_label(train, project)
        )
        n_scored = scoring.best_of(project, rows, candidates, knowledge, learnt.best, rng)
        learnt.n_pool = max(learnt.n_pool, n_scored)
        if len(test) and left_out is not None and not learnt.quick:
            _keep_predictions(learnt, rows, fitted.predict, train, left_out, rng)
        if len(test) and learnt.quick:
            _predict_quickly(learnt, learnt.quick, stored, rng)
    with phase("rank"):
        order = interleaved(learnt.best.items, at_random[: learnt.best.most], project.explore, rng)
        learnt.model_votes = _model_votes(train, left_out, test, rows, trainer, fitted)
        again = _again(project, learnt, learnt.model_votes)
        learnt.order = put_first(again, order)[: learnt.best.most]


def _evaluate(
    learnt: Learnt, trainer: Trainer, fitted: Fitted, rows: Rows, test: Labelled, rng: np.random.Generator
) -> OutOfFold | None:
    """The score on the test items, and what models say of the training items that had not seen them."""
    if len(test):
        proba = fitted.predict(rows.read(test.items))
        learnt.score, learnt.confusion = scores.score(proba, test.answers), scores.confusion(proba, test.answers)
        learnt.reliability = reliability.counted(proba, test.answers)
    X, train = trainer.X, trainer.train
    left_out = scores.out_of_fold(X, train.answers, trainer.settled(fitted).fit, rng)
    if left_out is not None:
        learnt.doubted = Doubted(train.part(left_out.rows), left_out.proba, X[left_out.rows])
        learnt.cv_score = float(scores.right(left_out.proba, train.answers[left_out.rows]).mean())
    return left_out


def _again(project: Project, learnt: Learnt, votes: ModelVotes | None) -> Ids:
    """The answered items to ask more people about; decided now, unless the data are those of an earlier round."""
    assert learnt.data is not None
    if learnt.data.again is None:
        learnt.data = replace(learnt.data, again=adaptive_votes.apply(project, votes))
    assert learnt.data.again is not None
    return learnt.data.again


def digest(*arrays: Any) -> str:
    """The same for the same numbers, dense or CSR."""
    content = hashlib.blake2b(digest_size=16)
    for array in arrays:
        parts = (array.indptr, array.indices, array.data) if hasattr(array, "indptr") else (array,)
        for part in parts:
            content.update(repr((part.dtype.str, part.shape)).encode())
            content.update(np.ascontiguousarray(part).data)
    return content.hexdigest()


def _model_votes(
    train: Labelled, left_out: OutOfFold | None, test: Labelled, rows: Rows, trainer: Trainer, fitted: Fitted
) -> ModelVotes | None:
    """What models believe of labelled items that they had not seen; None with too few to leave any out.

    Where only a sample was left out in turn, a model of the sample speaks of the others.
    """
    if left_out is None:
        return None
    parts = [(train.items[left_out.rows], left_out.proba)]
    others = np.setdiff1d(np.arange(len(train)), left_out.rows)
    if len(others):
        of_sample = trainer.settled(fitted).fit(np.sort(left_out.rows))
        parts.append((train.items[others], of_sample(trainer.X[others])))
    if len(test):
        parts.append((test.items, fitted.predict(rows.read(test.items))))
    items, proba = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(items)
    return ModelVotes(items[order], proba[order])


def _shares(project: Project, labelled: Labelled, learnt: Learnt) -> tuple[Labelled, Labelled]:
    is_test = in_test_share(project.pk, labelled.items, project.explore)
    train, test = labelled.part(~is_test), labelled.part(is_test)
    learnt.n_labels, learnt.n_train, learnt.n_test = len(labelled), len(train), len(test)
    return train, test


def _lacking(project: Project, train: Labelled) -> str:
    """What is needed before there is anything to learn: two different answers. Empty when these are there.

    To learn from votes it takes an item on which two people or more have voted as well.
    """
    if learns_from_votes(project.estimator) and (train.votes is None or not (train.votes.per_item > 1).any()):
        return (
            f"needs items with the votes of two people or more, since {project.estimator} learns from their votes "
            "themselves; one vote an item is enough for auto and the others"
        )
    if len(train) and (train.answers != train.answers[0]).any():
        return ""
    needed = "two annotations that differ" if train.answers.ndim == 2 else "at least one annotation of two labels"
    besides = " outside the share that is kept for testing" if project.explore else ""
    return f"needs {needed}{besides}"


def _with_features(stored: Shards, train: Labelled, test: Labelled, learnt: Learnt) -> tuple[Labelled, Labelled]:
    """Only items with features count; features.NoFeatures when items are labelled and none of them has any."""
    had_labels = learnt.n_train > 0
    train, test = train.part(stored.has(train.items)), test.part(stored.has(test.items))
    learnt.n_train, learnt.n_test = len(train), len(test)
    if had_labels and not learnt.n_train:
        raise features.NoFeatures("none of the labelled items has features")
    return train, test


def _start_by_features(project: Project, learnt: Learnt, rng: np.random.Generator, phase: Phase, lacking: str) -> None:
    """Where a learner of its own lacks labels: the order by what the items show, unless it is one of texts."""
    if annotate_kit.learners.registry.load(project.kind.learner).takes == "texts":
        raise TooFewLabels(lacking)
    diversity.learn(project, learnt, rng, phase)
    learnt.reason = lacking


def _start(
    project: Project, view: View, pool: Ids, at_random: Ids, learnt: Learnt, lacking: str, rng: np.random.Generator
) -> None:
    """Without a model, an order by what the items themselves show."""
    rows = view.features if view.is_large else representing.kept_rows(project, view)
    sample = np.sort(rng.permutation(pool[rows.has(pool)])[: learnt.best.most])
    ranked = scoring.start(project, rows, sample, rng)
    mixed_in = ceil(len(ranked) * project.explore / (1 - project.explore))
    order = interleaved(ranked, at_random[:mixed_in], project.explore, rng)
    again = _again(project, learnt, None)
    learnt.order = put_first(again, order)[: learnt.best.most]
    learnt.reason = lacking


def _rows(
    project: Project,
    stored: Shards,
    view: View,
    train: Labelled,
    test: Labelled,
    pool: Ids,
    learnt: Learnt,
    phase: Phase,
    rng: np.random.Generator,
) -> tuple[Rows, Ids]:
    """What the estimator sees, and the items that it is to score: in large projects only those of a short list."""
    if not view.is_large:
        with phase("features"):
            return representing.kept_rows(project, view), pool
    with phase("score"):
        trainer = Trainer(project, QUICK, stored.read(train.items), train)
        quick = trainer.fit_all()
        short_list = Best(learnt.best.most)
        learnt.n_pool = scoring.by_margin(project, stored, pool, quick.predict, short_list)
        learnt.quick = trainer
    items = np.unique(np.concatenate([train.items, test.items, short_list.items]))
    with phase("features"):
        return representing.rows_in_memory(view, items, rng), np.sort(short_list.items)


def _context(rows: Rows, candidates: Ids, view: View, learnt: Learnt, rng: np.random.Generator) -> Context:
    """Items without labels, for estimators that learn from these too, and the settings of the last round."""
    if learns_from_votes(view.estimator):
        return Context()
    entry = annotate_kit.estimators.registry.load(view.estimator)
    former = {name: value for name, value in learnt.tuning.items() if name != "estimator"}
    tuning = former if learnt.tuning.get("estimator") == view.estimator else None
    if not getattr(entry, "uses_graph", False):
        return Context(tuning=tuning)
    sample = np.sort(rng.permutation(candidates[rows.has(candidates)])[:GRAPH])
    X = rows.read(sample) if len(sample) else None
    return Context(None if X is None or hasattr(X, "nnz") else Graph(X), tuning)


def _keep_predictions(
    learnt: Learnt, rows: Rows, predict: Predict, train: Labelled, left_out: OutOfFold, rng: np.random.Generator
) -> None:
    """What is believed of every item, and of which of those trained on by models that had not seen them."""
    learnt.left_out = train.items[left_out.rows]
    learnt.predicted = _of_all(rows, predict, train, left_out, rng)


def _of_all(
    rows: Rows, predict: Predict, train: Labelled, left_out: OutOfFold, rng: np.random.Generator
) -> tuple[Ids, NDArray[np.float16]]:
    """(items, probabilities) of every item, ascending: of those trained on by models that had not seen them.

    Where only a sample of these was left out in turn, the others have the probabilities of one of the sample.
    """
    parts = [(items, predict(X).astype(np.float16)) for items, X in rows.chunks(rows.all_items)]
    items, proba = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(items)
    items, proba = items[order], proba[order]
    stand_in = left_out.proba[rng.integers(len(left_out.rows), size=len(train))].astype(np.float16)
    stand_in[left_out.rows] = left_out.proba
    proba[np.searchsorted(items, train.items)] = stand_in
    return items, proba


def _predict_quickly(learnt: Learnt, quick: Trainer, stored: Shards, rng: np.random.Generator) -> None:
    """The same by the model of the short list, which alone can look at every item of a large project."""
    left_out = scores.out_of_fold(quick.X, quick.train.answers, quick.fit, rng)
    if left_out is not None:
        _keep_predictions(learnt, stored, quick.fit_all().predict, quick.train, left_out, rng)


def _committee(project: Project, fit: scores.Fit, train: Labelled, rng: np.random.Generator) -> list[Predict]:
    """Models of random samples of the training items, drawn with replacement, where the acquisition asks for them."""
    entry = annotate_kit.acquisition.registry.load(project.acquisition)
    if "committee" not in entry.needs:
        return []
    _, one_of_each = np.unique(train.answers, axis=0, return_index=True)
    samples = (rng.integers(len(train), size=len(train)) for _ in range(COMMITTEE))
    return [fit(np.sort(np.concatenate([one_of_each, rows]))) for rows in samples]
