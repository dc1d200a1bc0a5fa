"""Models of random parts of what is labelled, as a round's own estimator learns them."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learner.dataset import Labelled
from learner.evaluation import random_order, scores
from learner.exploration import in_test_share
from learner.models import FEWEST_TEST_ITEMS
from learner.pipeline.adaptive_votes import ModelVotes
from learner.pipeline.learnt import Ids, Learnt
from learner.pipeline.training import Trainer
from projects.models import Project

DRAWS = 3  # parts of each size
MOST_SECONDS = 1.5


def measure(project: Project, learnt: Learnt, seed: int) -> dict[str, Any] | None:
    """What goes into the record of a round; None where there are too few test items, or no model."""
    votes, trainer = learnt.model_votes, learnt.trainer
    if votes is None or trainer is None or learnt.rows is None or learnt.data is None:
        return None
    labelled = learnt.data.labelled
    known = labelled.part(np.isin(labelled.items, votes.items))
    test = known.part(in_test_share(project.pk, known.items, project.explore))
    if len(test) < FEWEST_TEST_ITEMS:
        return None
    rng = np.random.default_rng([project.pk, seed, DRAWS])
    of_test = _of(votes, test.items)
    strata = _strata(project, learnt, votes, of_test, rng)
    sizes = random_order.sizes(strata, len(project.label_names))
    if not sizes:
        return {"lacking": "too few easy items are labelled to draw parts that are like all items"}
    fitted, right = _models(trainer, strata, sizes, learnt.rows.read(test.items), test, rng)
    if not fitted or max(fitted) < random_order.SPREAD * min(fitted):
        return {"lacking": "models of random parts take too long to fit"}
    present = scores.right(of_test, test.answers)
    reached = random_order.needed(fitted, right, present, seed)
    curve = [[size, float(right[np.array(fitted) == size].mean())] for size in sorted(set(fitted))]
    figures = {"needed": reached.labels, "low": reached.low, "high": reached.high, "limit": reached.limit}
    return {"lacking": "", **figures, "random": curve, "score": float(present.mean()), "n_test": len(test)}


def _strata(
    project: Project, learnt: Learnt, votes: ModelVotes, of_test: NDArray[np.floating], rng: np.random.Generator
) -> list[NDArray[np.intp]]:
    """The rows that were trained on, by sureness; all together where they were served at random anyway."""
    assert learnt.trainer is not None
    items = learnt.trainer.train.items
    if project.acquisition == "random":
        return [np.arange(len(items))]
    of_all = of_test if learnt.quick or learnt.predicted is None else learnt.predicted[1]
    return random_order.strata(_of(votes, items), of_all, project.is_multilabel, rng)


def _models(
    trainer: Trainer,
    strata: list[NDArray[np.intp]],
    sizes: list[int],
    X: Any,
    test: Labelled,
    rng: np.random.Generator,
) -> tuple[list[int], NDArray[np.float64]]:
    """(sizes, how right each model is on each test item) of as many models as the time allows, small ones first."""
    fitted, right = [], []
    began = time.monotonic()
    for size in sizes * DRAWS:
        if time.monotonic() - began > MOST_SECONDS:
            break
        rows = random_order.drawn(strata, size, rng)
        answers = trainer.train.answers[rows]
        if (answers != answers[0]).any():
            fitted.append(size)
            right.append(scores.right(trainer.fit(rows)(X), test.answers))
    return fitted, np.array(right)


def _of(votes: ModelVotes, items: Ids) -> NDArray[np.floating]:
    return votes.proba[np.searchsorted(votes.items, items)]
