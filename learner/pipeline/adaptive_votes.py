"""Votes where they pay: one for most items, more for those that are the least certain.

A random share of the items gets three votes first: they say how good people are. All others get the project's least
number; then each round gives one more vote to the least certain items, as far as the budget reaches, or to all below
the confidence that is asked for. With features the model has its say, out of fold.
"""

from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from annotate.queue import ordering
from annotate_kit import relabelling
from core.postgres import copy
from learner import dataset
from learner.exploration import hash_shares
from learner.pipeline import routing
from projects.models import Project

Ids = NDArray[np.int64]

CALIBRATION_SHARE = 0.05
CALIBRATION_VOTES = 3
FEWEST_KNOWN = 20  # items, or votes, by which people and the model are judged
UNKNOWN_TRUST = 0.8  # in one vote, before calibration says how good people are
_APART = 0x5851F42D  # the shares of calibration have nothing to do with those of the test share


@dataclass(frozen=True)
class Answered:
    """Items with a consensus: how many votes each has or was promised, and how certain its value is.

    items       (n,) ascending
    wanted      (n,)
    votes       (n,)
    confidence  (n,) from 0 to 1; that of a value which a reviewer settled is 1
    is_open     (n,) whether a vote is still awaited
    """

    items: Ids
    wanted: NDArray[np.int64]
    votes: NDArray[np.int64]
    confidence: NDArray[np.float64]
    is_open: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True)
class ModelVotes:
    """proba (m, K): what models that had not seen them believe of these items (m,), ascending."""

    items: Ids
    proba: NDArray[np.floating]


def apply(project: Project, model: ModelVotes | None = None) -> Ids:
    """Raise and settle how many votes are wanted; returns the answered items to ask about again, first one first."""
    if not project.adapts_votes:
        return np.empty(0, dtype=np.int64)
    ordering.want_at_least(project, _calibration(project), min(CALIBRATION_VOTES, project.votes_most))
    answered = _answered(project)
    confidence = answered.confidence if model is None else _with_model(project, answered, model)
    if project.votes_target is not None:
        rows = relabelling.by_target(confidence, answered.wanted, project.votes_most, project.votes_target)
        certain = answered.is_open & (confidence >= project.votes_target) & (answered.votes >= project.votes_wanted)
        ordering.settle_votes(project, answered.items[certain & ~is_calibration(project, answered.items)])
    else:
        rows = relabelling.by_budget(confidence, answered.wanted, project.votes_most, project.votes_budget)
        certain = np.zeros(len(answered), dtype=bool)
    rows = rows[~answered.is_open[rows]]
    ordering.want_one_more(project, answered.items[rows], project.votes_most)
    again = answered.is_open & ~certain
    again[rows] = True
    places = np.flatnonzero(again)
    places = places[np.argsort(confidence[places], kind="stable")]
    if project.routes_votes:
        _route(project, answered, confidence, places)
    return answered.items[places]


def _route(project: Project, answered: Answered, confidence: NDArray[np.float64], places: NDArray[np.intp]) -> None:
    """Calibration items stay with anybody: they say how good people are."""
    places = places[~is_calibration(project, answered.items[places])]
    answers, is_labelled = _answers(project, answered)
    if answers is None:  # where an item has several labels or none, people are compared by how often they are right
        right = confidence[places]
        routing.route(project, answered.items[places], np.stack([right, 1 - right], axis=1))
        return
    places = places[is_labelled[places]]
    consensus = _spread(answers[places], confidence[places], len(project.label_names))
    routing.route(project, answered.items[places], consensus)


def _calibration(project: Project) -> Ids:
    pool = dataset.pool(project)
    return pool[is_calibration(project, pool)]


def is_calibration(project: Project, items: Ids) -> NDArray[np.bool_]:
    """Of each item, whether it is one of the random share that gets three votes."""
    return hash_shares(project.pk ^ _APART, items) < CALIBRATION_SHARE


def _answered(project: Project) -> Answered:
    rows = copy.read(
        """
        SELECT c.item_id, q.wanted::int, c.votes::int, coalesce(c.human_confidence, c.certainty), c.settled::int,
            q.open::int
        FROM annotate_consensus c JOIN annotate_queueentry q ON q.item_id = c.item_id
        WHERE c.project_id = %(project)s AND c.value IS NOT NULL AND c.votes > 0 ORDER BY c.item_id
        """,
        {"item": ">i8", "wanted": ">i4", "votes": ">i4", "certainty": ">f8", "settled": ">i4", "open": ">i4"},
        {"project": project.pk},
    )
    votes, confidence = rows["votes"].astype(np.int64), rows["certainty"].astype(np.float64)
    confidence = np.where(votes == 1, np.minimum(confidence, _trust_in_one(project)), confidence)
    return Answered(
        rows["item"].astype(np.int64),
        rows["wanted"].astype(np.int64),
        votes,
        np.where(rows["settled"] > 0, 1.0, confidence),
        rows["open"] > 0,
    )


def _trust_in_one(project: Project) -> float:
    """How often one vote is what several people agree on: no single vote is more certain than that."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), count(*) FILTER (WHERE a.value = coalesce(c.human_value, c.value))
            FROM annotate_annotation a JOIN annotate_consensus c ON c.item_id = a.item_id
            WHERE c.project_id = %s AND c.votes >= %s AND c.value IS NOT NULL
            """,
            [project.pk, CALIBRATION_VOTES],
        )
        n, same = cursor.fetchone()
    return (same + 1) / (n + 2) if n >= FEWEST_KNOWN else UNKNOWN_TRUST


def _with_model(project: Project, answered: Answered, model: ModelVotes) -> NDArray[np.float64]:
    """What votes and model together believe of each item's value, where an item has one of the labels."""
    answers, is_labelled = _answers(project, answered)
    if answers is None or not len(model.items):
        return answered.confidence
    n_labels = len(project.label_names)
    consensus = _spread(answers, answered.confidence, n_labels)
    proba = np.full(consensus.shape, np.nan)
    has_model = np.isin(answered.items, model.items) & is_labelled
    proba[has_model] = model.proba[np.searchsorted(model.items, answered.items[has_model])]
    prior = consensus.mean(axis=0)
    tested = np.flatnonzero(has_model & (answered.votes >= CALIBRATION_VOTES))
    if len(tested) < FEWEST_KNOWN:
        return answered.confidence
    single = _spread(answers[tested], np.full(len(tested), 1 / n_labels), n_labels)  # as if nobody had voted
    temperature = relabelling.best_temperature(single, proba[tested], prior, answers[tested])
    together = relabelling.combined(consensus, proba, prior, temperature)[np.arange(len(answers)), answers]
    return np.where(answered.confidence >= 1, 1.0, together)


def _answers(project: Project, answered: Answered) -> tuple[NDArray[np.int64] | None, NDArray[np.bool_]]:
    """(n,) the label on which people agree, None where an item has no single one; and of which items it is known."""
    if not project.labels_whole_items or project.is_multilabel:
        return None, np.zeros(len(answered), dtype=bool)
    labelled = dataset.labelled(project)
    is_labelled = np.isin(answered.items, labelled.items)
    answers = np.zeros(len(answered), dtype=np.int64)
    answers[is_labelled] = labelled.answers[np.searchsorted(labelled.items, answered.items[is_labelled])]
    return answers, is_labelled


def _spread(answers: NDArray[np.int64], confidence: NDArray[np.float64], n_labels: int) -> NDArray[np.float64]:
    """(n, K): the confidence for the answer, and what is left of it evenly for the other labels."""
    probabilities = np.repeat(((1 - confidence) / max(1, n_labels - 1))[:, np.newaxis], n_labels, axis=1)
    probabilities[np.arange(len(answers)), answers] = confidence
    return probabilities
