"""A round of a task type that no model here learns, as shapes and texts: an order of the items without one.

Where others sent predictions, the items whose predictions are the least sure come first. The rest follow by what they
show: typical items of the regions in which nobody has answered anything. The predictions are scored on the items that
are served at random.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from annotate import consensus
from annotate.models import Suggestion
from annotate_kit.acquisition import typiclust
from annotate_kit.features import stack
from learner import dataset, features
from learner.evaluation import values
from learner.exploration import in_test_share, interleaved, put_first, split_pool
from learner.features import NoFeatures
from learner.features.shards import Shards
from learner.pipeline import adaptive_votes, scoring
from learner.pipeline.learnt import Ids, Learnt, Phase
from projects import itemtypes
from projects.models import Project

MOST_LABELLED = 1000
"""Items with answers that new ones are compared with."""
MOST_SCORED = 20_000
"""Items of the pool that are looked at, drawn at random where there are more."""

UNLIKE = "is not trained for this type of task: items unlike those that have answers come first"
UNSURE = "is not trained for this type of task here: items whose predictions from elsewhere are least sure come first"


def learn(project: Project, learnt: Learnt, rng: np.random.Generator, phase: Phase) -> None:
    """Put the items in an order. NoFeatures where they show nothing that could be compared and nobody predicted."""
    with phase("consensus"):
        consensus.fresh(project, whole=True)
    with phase("votes"):
        labelled, agreed, code, _ = dataset.agreed_values(project)
        pool, at_random = split_pool(project.pk, dataset.pool(project), project.explore)
        unsure = _least_sure(project, pool)
    learnt.n_labels, learnt.n_pool, learnt.proposals = len(labelled), len(pool), []
    with phase("evaluate"):
        _judge(project, learnt, labelled, [agreed[number] for number in code.tolist()], rng)
    with phase("features"):
        unlike = _unlike_labelled(project, np.setdiff1d(pool, unsure), labelled, rng, needed=not len(unsure))
    with phase("rank"):
        again = adaptive_votes.apply(project)
        ranked = np.concatenate([unsure, unlike])[:MOST_SCORED]
        mixed_in = int(np.ceil(len(ranked) * project.explore / (1 - project.explore)))
        order = interleaved(ranked, at_random[:mixed_in], project.explore, rng)
        learnt.order = put_first(again, order)
    learnt.reason = UNSURE if len(unsure) else UNLIKE


def _judge(project: Project, learnt: Learnt, items: Ids, agreed: Sequence[Any], rng: np.random.Generator) -> None:
    """Score the predictions from elsewhere on the items that are served at random."""
    test = np.flatnonzero(in_test_share(project.pk, items, project.explore))
    judged = values.judge(project, items[test], [agreed[row] for row in test.tolist()], rng)
    learnt.n_train = len(items) - len(test)
    if judged is not None:
        learnt.n_test, learnt.score, learnt.judged = judged.n_items, judged.score, judged.record


def _least_sure(project: Project, pool: Ids) -> Ids:
    """The items of the pool with predictions from elsewhere, the least sure first.

    By the score that came with a prediction (higher is asked sooner), else by its least probable part.
    """
    rows = Suggestion.objects.filter(project=project, item__in=pool.tolist()).order_by("created_at")
    doubt: dict[int, float] = {}
    for item, score, parts in rows.values_list("item", "score", "parts"):
        probabilities = [part["probability"] for part in parts or [] if part.get("probability") is not None]
        if score is not None:
            doubt[item] = float(score)
        elif probabilities:
            doubt[item] = 1 - min(probabilities)
    return np.array(sorted(doubt, key=lambda item: (-doubt[item], item)), dtype=np.int64)


def _unlike_labelled(project: Project, items: Ids, labelled: Ids, rng: np.random.Generator, needed: bool) -> Ids:
    """The first items to ask about by what they show; none without features, unless these are `needed`."""
    try:
        stored = stored_features(project)
    except NoFeatures:
        if needed:
            raise
        return items[:0]
    items, labelled = items[stored.has(items)], labelled[stored.has(labelled)]
    items = np.sort(rng.permutation(items)[:MOST_SCORED])
    labelled = np.sort(rng.permutation(labelled)[:MOST_LABELLED])
    if not len(items):
        return items
    X = stored.read(items)
    both = stack([X, stored.read(labelled)]) if len(labelled) else X
    first = max(scoring.batch(project), scoring.START)
    return items[typiclust.uncovered(both, len(items), first, rng)]


def stored_features(project: Project) -> Shards:
    """The project's features; where its items have none of these, those of a new project of such items."""
    try:
        return features.of_items(project)
    except NoFeatures:
        return features.of_kind(project, itemtypes.registry.load(dataset.kind(project)).features)
