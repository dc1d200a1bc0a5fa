"""Look for what may mislead those who read a round's score, once its order is in force."""

from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from annotate.consensus import vote_arrays
from core.postgres import copy
from learner import dataset
from learner.dataset import Labelled
from learner.evaluation.checks import drift, duplicates, imbalance, people
from learner.exploration import in_test_share
from learner.features.shards import Shards
from learner.models import Round
from learner.pipeline.adaptive_votes import ModelVotes
from learner.pipeline.learnt import Learnt
from projects.models import Project

Ids = NDArray[np.int64]

MOST = 2000  # items that are compared with others
MOST_TRAINING = 10_000
MOST_IMPORTS = 100  # the newest ones


def of(round: Round, learnt: Learnt) -> list[dict[str, Any]] | None:
    """The warnings of a round; None where it has trained no model."""
    if learnt.data is None or learnt.view is None:
        return None
    rng = np.random.default_rng(round.record["seed"])
    return find(round.project, learnt.data.labelled, learnt.view.features, learnt.model_votes, rng)


def find(
    project: Project, labelled: Labelled, stored: Shards, votes: ModelVotes | None, rng: np.random.Generator
) -> list[dict[str, Any]]:
    is_test = in_test_share(project.pk, labelled.items, project.explore)
    train, test = labelled.part(~is_test), labelled.part(is_test)
    return [
        *imbalance.check(dataset.counts(train, project), len(train), project.label_names),
        *_duplicates(_sample(test.items, stored, MOST, rng), _sample(train.items, stored, MOST_TRAINING, rng), stored),
        *_drift(project, stored, rng),
        *_people(project, votes, rng),
    ]


def _sample(items: Ids, stored: Shards, most: int, rng: np.random.Generator) -> Ids:
    """At most so many of these items that have features, ascending."""
    return np.sort(rng.permutation(items[stored.has(items)])[:most])


def _duplicates(test: Ids, train: Ids, stored: Shards) -> list[dict[str, Any]]:
    test, test_hash = _contents(test)
    train, train_hash = _contents(train)
    if not len(test) or not len(train):
        return []
    return duplicates.check(test_hash, train_hash, stored.read(test), stored.read(train))


def _contents(items: Ids) -> tuple[Ids, NDArray[np.int64]]:
    """Those of the items that are not deleted, and a hash of what each shows."""
    rows = copy.read(
        """
        SELECT id, hashtextextended(coalesce(text, image, data::text), 0) FROM annotate_item
        WHERE id = ANY(%(items)s) ORDER BY id
        """,
        {"item": ">i8", "hash": ">i8"},
        {"items": items.tolist()},
    )
    return rows["item"].astype(np.int64), rows["hash"].astype(np.int64)


def _drift(project: Project, stored: Shards, rng: np.random.Generator) -> list[dict[str, Any]]:
    first = _first_of_newest(project)
    if first is None:
        return []
    place = int(np.searchsorted(stored.all_items, first))
    sides = (stored.all_items[place:], stored.all_items[:place])
    newest, former = (_sample(items, stored, drift.MOST, rng) for items in sides)
    if min(len(newest), len(former)) < drift.FEWEST:
        return []
    return drift.check(stored.read(newest), stored.read(former), rng)


def _first_of_newest(project: Project) -> int | None:
    """The first item of the newest import; None where all came in one. Items' numbers ascend with time.

    Where the newest imports are small, it is the first of as many of them as make enough items to compare.
    """
    items = copy.read(
        """
        SELECT id, extract(epoch FROM created_at)::float8 FROM annotate_item WHERE project_id = %(project)s ORDER BY id
        """,
        {"id": ">i8", "created": ">f8"},
        {"project": project.pk},
    )
    imports = project.imports.filter(created__gt=0).order_by("-id")[:MOST_IMPORTS]
    ranges = [(row.created_at.timestamp(), (row.finished_at or timezone.now()).timestamp()) for row in imports]
    places = drift.begins(items["created"].astype(np.float64), np.array(ranges).reshape(-1, 2))
    places = places[places <= len(items) - drift.FEWEST]
    return int(items["id"][places[-1]]) if len(places) else None


def _people(project: Project, votes: ModelVotes | None, rng: np.random.Generator) -> list[dict[str, Any]]:
    """By the answers to items of which models spoke that had not seen them; where an item has one label."""
    if votes is None or project.is_multilabel or not len(votes.items):
        return []
    chosen = np.sort(rng.permutation(len(votes.items))[:MOST])
    arrays = vote_arrays.read(project, votes.items[chosen].tolist())
    question = arrays.label_question
    if question is None:
        return []
    answers, place = question.votes, np.searchsorted(votes.items, arrays.items)
    proba = votes.proba[place[answers.item]]
    person = arrays.people[answers.annotator]
    return people.check(
        person, answers.label.astype(np.int64), proba.argmax(axis=1), proba.max(axis=1), project.label_names
    )
