"""The pool, scored and put in order: which items are asked about next."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import annotate_kit.acquisition
from annotate_kit.acquisition import Pool, arranged, margin
from learner.evaluation.scores import Predict
from learner.exploration import Best
from learner.features.representing import Rows
from projects.models import Project

Ids = NDArray[np.int64]

SAMPLE = 4096  # items that stand for the whole pool, where an acquisition function looks at it
EXAMPLES = 256
START = 50  # typical items, or so many a label if that is more
START_EACH = 3
BATCH = 100  # of items that are selected together, in projects whose rounds do not start by a number of annotations
MOST_IN_A_BATCH = 1000


@dataclass(frozen=True)
class Knowledge:
    """What an acquisition function may look at, besides the items: models, and what was answered so far.

    predict    from features to probabilities
    committee  such functions of several models, where the acquisition function needs them
    counts     how often each label was given
    examples   labelled items that others may be compared with
    """

    predict: Predict
    committee: Sequence[Predict] = ()
    counts: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    examples: Ids = field(default_factory=lambda: np.empty(0, dtype=np.int64))


def best_of(
    project: Project, rows: Rows, items: Ids, knowledge: Knowledge, best: Best, rng: np.random.Generator
) -> int:
    """Fill `best` with the items to ask about next, first one first; returns how many were scored.

    The pool is scored a shard at a time. Only the best of it are looked at together.
    """
    entry = annotate_kit.acquisition.registry.load(project.acquisition)
    context = _context(rows, items, knowledge, entry.needs, rng)
    scored = 0
    for part, X in rows.chunks(items):
        proba = knowledge.predict(X)
        pool = _pool(project, X, proba, knowledge, context, rng)
        best.offer(part, entry.score(pool), proba)
        scored += len(part)
    if hasattr(entry, "select") and scored:
        candidates = _pool(project, rows.read(best.items), best.proba, knowledge, context, rng)
        best.arrange(arranged(entry, candidates, best.scores, batch(project)))
    return scored


def by_margin(project: Project, rows: Rows, items: Ids, predict: Predict, best: Best) -> int:
    """Fill `best` with the items that a quick model is the least sure of; returns how many were scored."""
    scored = 0
    for part, X in rows.chunks(items):
        proba = predict(X)
        best.offer(part, margin.score(Pool(proba, multilabel=project.is_multilabel)), proba)
        scored += len(part)
    return scored


def can_start(project: Project) -> bool:
    """Whether the project's acquisition function can order items before there is any model."""
    entry = annotate_kit.acquisition.registry.load(project.acquisition)
    nothing_known = Pool(features=np.zeros((1, 1), dtype=np.float32), unlabelled=np.zeros((1, 1), dtype=np.float32))
    try:
        entry.score(nothing_known)
    except ValueError:
        return False
    return True


def start(project: Project, rows: Rows, items: Ids, rng: np.random.Generator) -> Ids:
    """The first items to ask about, by their features alone. What follows them keeps the project's own order."""
    if not len(items):
        return items
    entry = annotate_kit.acquisition.registry.load(project.acquisition)
    X = rows.read(items)
    sample = np.sort(rng.permutation(len(items))[:SAMPLE])
    pool = Pool(features=X, unlabelled=X[sample], multilabel=project.is_multilabel, rng=rng)
    first = max(batch(project), START, START_EACH * len(project.label_names))
    return items[arranged(entry, pool, entry.score(pool), first)[:first]]


def batch(project: Project) -> int:
    """How many items are selected together: as many as people answer before the next round."""
    return min(project.retrain_every or BATCH, MOST_IN_A_BATCH)


def _context(
    rows: Rows, items: Ids, knowledge: Knowledge, needs: frozenset[str], rng: np.random.Generator
) -> dict[str, Any]:
    context: dict[str, Any] = {"counts": knowledge.counts if len(knowledge.counts) else None}
    examples = knowledge.examples[rows.has(knowledge.examples)][:EXAMPLES]
    if len(examples):
        context["examples"] = rows.read(examples)
    if "unlabelled" in needs:
        with_features = items[rows.has(items)]
        sample = np.sort(rng.permutation(with_features)[:SAMPLE])
        context["unlabelled"] = rows.read(sample) if len(sample) else None
    return context


def _pool(
    project: Project,
    X: Any,
    proba: NDArray[np.floating],
    knowledge: Knowledge,
    context: dict[str, Any],
    rng: np.random.Generator,
) -> Pool:
    committee = np.stack([predict(X) for predict in knowledge.committee]) if knowledge.committee else None
    return Pool(proba, multilabel=project.is_multilabel, features=X, rng=rng, committee=committee, **context)
