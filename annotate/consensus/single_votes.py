"""Items with one vote: what the vote says is as probable as its giver is good, and never certain.

Counting gives a vote that nobody contradicts the probability 1, and so do models of people who were never compared.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.consensus.vote_arrays import VoteArrays
from annotate.models import Skill
from annotate_kit.aggregation import Result
from projects.models import Project
from projects.tasktypes import Question

Floats = NDArray[np.float64]

PRIOR_VOTES = 4
PRIOR_ACCURACY = 0.8
"""Before anything is known, somebody counts as right in their whole answer as often; as if seen on so many votes."""


def limited(votes: VoteArrays, results: Sequence[Result], gold: Sequence[NDArray[np.int64] | None]) -> list[Result]:
    """The results with single votes made as probable as their givers are good.

    `gold` holds (N,) known labels a question, -1 where unknown. They say how good the people are whose votes cannot be
    compared with others'; that is their skill in the results then.
    """
    skill = np.mean([result.skill for result in results], axis=0)
    crowd = _crowd(len(results), skill, votes.compared)
    alone = _shrunk(*_right_on_gold(votes.questions, gold, len(votes.people)), crowd)
    accuracy = _accuracy(skill, votes.compared, alone, crowd)
    probabilities = limit(votes, [result.beliefs for result in results], accuracy)
    return [
        replace(result, beliefs=of_question, skill=np.where(votes.compared > 0, result.skill, alone))
        for result, of_question in zip(results, probabilities, strict=True)
    ]


def stored_accuracy(project: Project, votes: VoteArrays) -> Floats:
    """(A,) how good these people are, as the last run over all votes saw them."""
    rows = Skill.objects.filter(project=project).values_list("annotator", "skill", "compared")
    known = {person: (skill, compared) for person, skill, compared in rows}
    skill, compared = np.array([*known.values()] or np.empty((0, 2)), dtype=np.float64).T
    crowd = _crowd(len(votes.questions), skill, compared)
    accuracy = _accuracy(skill, compared, skill, crowd)
    by_person = dict(zip(known, accuracy.tolist(), strict=True))
    return np.array([by_person.get(person, crowd) for person in votes.people.tolist()], dtype=np.float64)


def limit(votes: VoteArrays, probabilities: Sequence[Floats], accuracy: Floats) -> list[Floats]:
    """(N, K) a question: where an item has one vote, its label gets no more than its giver's accuracy, (A,)."""
    return [
        _limit_question(question, of_question, votes.per_item == 1, accuracy)
        for question, of_question in zip(votes.questions, probabilities, strict=True)
    ]


def _limit_question(
    question: Question, probabilities: Floats, is_single: NDArray[np.bool_], accuracy: Floats
) -> Floats:
    unit, label = question.votes.item, question.votes.label
    item = unit if question.item is None else question.item[unit]
    right = accuracy[question.votes.annotator]
    vote = np.flatnonzero(is_single[item] & (probabilities[unit, label] > right))
    n_labels = question.votes.n_labels
    if not len(vote) or n_labels < 2:
        return probabilities
    probabilities = probabilities.copy()
    probabilities[unit[vote]] = ((1 - right[vote]) / (n_labels - 1))[:, np.newaxis]
    probabilities[unit[vote], label[vote]] = right[vote]
    return probabilities


def _crowd(n_questions: int, skill: Floats, compared: NDArray[Any]) -> float:
    """How often these people are right in one question."""
    prior = PRIOR_ACCURACY ** (1 / max(1, n_questions))
    return float((PRIOR_VOTES * prior + skill @ compared) / (PRIOR_VOTES + compared.sum()))


def _accuracy(skill: Floats, compared: NDArray[Any], alone: Floats, crowd: float) -> Floats:
    """(A,) from the skill of those who were compared with others, so many times; that of the others is `alone`."""
    return np.where(compared > 0, _shrunk(skill * compared, compared, crowd), alone)


def _shrunk(right: Floats, n: NDArray[Any], prior: float) -> Floats:
    """(A,) the share that is right of n votes each, with a few votes of the prior."""
    return np.asarray((PRIOR_VOTES * prior + right) / (PRIOR_VOTES + n))


def _right_on_gold(
    questions: Sequence[Question], gold: Sequence[NDArray[np.int64] | None], n_people: int
) -> tuple[Floats, Floats]:
    """(A,) votes on known items that are right, and (A,) all of them; a question's share each."""
    right, known = np.zeros(n_people), np.zeros(n_people)
    for question, labels in zip(questions, gold, strict=True):
        if labels is not None:
            label, annotator = labels[question.votes.item], question.votes.annotator
            right += np.bincount(annotator, label == question.votes.label, n_people)
            known += np.bincount(annotator, label >= 0, n_people)
    return right / max(1, len(questions)), known / max(1, len(questions))
