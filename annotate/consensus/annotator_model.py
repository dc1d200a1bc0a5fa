"""How good each annotator is, as the last run over all votes saw it; and what that says of new votes meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import scipy  # which loads a part of itself when that is first used
from django.db.models import F
from numpy.typing import NDArray

from annotate.consensus.plan import SMALL
from annotate.consensus.vote_arrays import VoteArrays
from annotate.models import CrowdRun, Skill
from annotate_kit.aggregation import Result, Votes
from annotate_kit.identification import consensus_agreement, entropy_threshold, spam_score
from projects.models import Project
from projects.tasktypes import Question

Floats = NDArray[np.float64]

LARGEST = 4_000_000
"""Most cells that the confusion matrices of a project may have together; beyond, only skills are kept."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate of a share, 0 to 1, and the 95 % interval around it."""

    value: float
    low: float
    high: float


def interval(share: float, n: float) -> Interval:
    """A share that was seen in n cases, with its credible interval after H. Jeffreys (1946); all of 0 to 1 for none."""
    if n <= 0:
        return Interval(share, 0.0, 1.0)
    right, wrong = share * n + 0.5, (1 - share) * n + 0.5
    low, high = scipy.special.betaincinv(right, wrong, [0.025, 0.975])
    return Interval(share, 0.0 if share * n < 0.5 else float(low), 1.0 if (1 - share) * n < 0.5 else float(high))


def difference(a: Interval, b: Interval) -> Interval:
    """How far the share a is above the share b, which were seen independently, after R. Newcombe (1998)."""
    value = a.value - b.value
    below = ((a.value - a.low) ** 2 + (b.high - b.value) ** 2) ** 0.5
    above = ((a.high - a.value) ** 2 + (b.value - b.low) ** 2) ** 0.5
    return Interval(value, value - below, value + above)


def store(project: Project, answers: VoteArrays, results: Sequence[Result], now: datetime) -> None:
    """Keep what a run over all votes says of each person, in place of what the run before answers."""
    agreement = _mean_agreement(answers)
    confusion = _confusion(answers, results)
    skill = np.mean([result.skill for result in results], axis=0)
    entropies = np.mean([entropy_threshold.score(question.votes) for question in answers.questions], axis=0)
    spam = _spam(answers.questions, confusion)
    votes = np.bincount(answers.person, minlength=len(answers.people))
    Skill.objects.filter(project=project).exclude(annotator__in=answers.people.tolist()).delete()
    Skill.objects.bulk_create(
        (
            Skill(
                project=project,
                annotator_id=person,
                skill=float(skill[row]),
                confusion=None if confusion is None else _as_json([tables[row] for tables in confusion], answers),
                votes=int(votes[row]),
                agreement=_finite(agreement[row]),
                compared=int(answers.compared[row]),
                spam_score=None if spam is None else _finite(spam[row]),
                entropy=_finite(entropies[row]),
                computed_at=now,
            )
            for row, person in enumerate(answers.people.tolist())
        ),
        update_conflicts=True,
        unique_fields=["project", "annotator"],
        update_fields=[
            "skill", "confusion", "votes", "agreement", "compared", "spam_score", "entropy", "computed_at",
        ],
    )  # fmt: skip


def _mean_agreement(answers: VoteArrays) -> Floats:
    """(A,) how often each person says what most others say."""
    return np.asarray(np.mean([consensus_agreement.score(question.votes) for question in answers.questions], axis=0))


def _confusion(answers: VoteArrays, results: Sequence[Result]) -> list[Floats] | None:
    """(A, K, K) an answered question: the method's own matrices, or those of its probabilities; None if too many."""
    largest = max(question.votes.n_labels for question in answers.questions)
    if len(results) * len(answers.people) * largest**2 > LARGEST:
        return None
    return [tables_of(question.votes, result) for question, result in zip(answers.questions, results, strict=True)]


def tables_of(votes: Votes, result: Result) -> Floats:
    """(A, K, K) the confusion of each person: as the method sees it, or as its probabilities say."""
    return _from_probabilities(votes, result.beliefs) if result.confusion is None else result.confusion


def _from_probabilities(votes: Votes, probabilities: Floats) -> Floats:
    """(A, K, K) how each person's votes fall, given what is believed; one vote more is spread as the crowd's are."""
    shape = (votes.n_items, votes.n_annotators * votes.n_labels)
    column = votes.annotator.astype(np.int64) * votes.n_labels + votes.label
    answers = scipy.sparse.coo_array((np.ones(len(votes)), (votes.item, column)), shape=shape).tocsr()
    tables = np.asarray(answers.T @ probabilities).reshape(votes.n_annotators, votes.n_labels, votes.n_labels)
    tables = tables.transpose(0, 2, 1)
    crowd = tables.sum(axis=0) + 1e-3
    tables = tables + crowd / crowd.sum(axis=1, keepdims=True)
    return np.asarray(tables / tables.sum(axis=2, keepdims=True))


def _spam(questions: Sequence[Question], confusion: Sequence[Floats] | None) -> Floats | None:
    if confusion is None:
        return None
    return np.mean(
        [spam_score.score(question.votes, tables) for question, tables in zip(questions, confusion, strict=True)],
        axis=0,
    )


def _as_json(tables: Sequence[Floats], answers: VoteArrays) -> list[Any]:
    """The table of the one question about the label, or one a question."""
    rounded = [np.round(table, 5).tolist() for table in tables]
    return rounded[0] if answers.label_question else rounded


def _finite(number: float) -> float | None:
    return None if np.isnan(number) else float(number)


def forget(project: Project) -> None:
    """There are no votes any more, so nothing is known of anybody."""
    Skill.objects.filter(project=project).delete()


def posterior(answers: VoteArrays, run: CrowdRun) -> list[Floats]:
    """(N, K) a question: what these votes say by Bayes' rule, their givers being as good as the last run found them.

    People who were not in that run count as the average person.
    """
    skills = {skill.annotator_id: skill for skill in Skill.objects.filter(project=run.project_id)}
    return [
        by_bayes(question.votes, _prior(run, number, question.votes.n_labels), _tables(answers, skills, number))
        for number, question in enumerate(answers.questions)
    ]


def by_bayes(votes: Votes, prior: Floats, tables: Floats) -> Floats:
    """(N, K) what the votes say by Bayes' rule, their givers (A, K, K) being as good as their tables."""
    log_joint = np.tile(np.log(prior), (votes.n_items, 1))
    log_tables = np.log(tables)
    for label in range(votes.n_labels):
        which = votes.label == label
        np.add.at(log_joint, votes.item[which], log_tables[votes.annotator[which], :, label])
    log_joint -= log_joint.max(axis=1, keepdims=True)
    probabilities = np.exp(log_joint)
    return np.asarray(probabilities / probabilities.sum(axis=1, keepdims=True))


def _prior(run: CrowdRun, number: int, n_labels: int) -> Floats:
    prior = np.asarray(run.prior[number] if run.prior and number < len(run.prior) else [], dtype=np.float64)
    return np.full(n_labels, 1 / n_labels) if prior.shape != (n_labels,) else np.maximum(prior, 1e-9)


def _tables(answers: VoteArrays, skills: dict[int, Skill], number: int) -> Floats:
    """(A, K, K) how probable it is that each of these people says a label, under each true one."""
    n_labels = answers.questions[number].votes.n_labels
    people = answers.people.tolist()
    own = {person: _table(skills[person], number, n_labels) for person in people if person in skills}
    newcomer = _average(skills, number, n_labels) if len(own) < len(people) else np.empty(0)
    return np.maximum(np.stack([own.get(person, newcomer) for person in people]), 1e-6)


def tables_of_members(project: Project, n_labels: int, fewest: int) -> tuple[NDArray[np.int64], Floats]:
    """(A,) the people in the project with so many votes, and (A, K, K) how they answer.

    Where no table of theirs is about these labels, it follows from how often they are right.
    """
    members = project.memberships.of_people()
    skills = Skill.objects.filter(project=project, votes__gte=fewest, annotator__memberships__in=members)
    people = list(skills.order_by("annotator"))
    tables = np.array([_table(skill, 0, n_labels) for skill in people]).reshape(-1, n_labels, n_labels)
    return np.array([skill.annotator_id for skill in people], dtype=np.int64), tables


def _average(skills: dict[int, Skill], number: int, n_labels: int) -> Floats:
    tables = [_table(skill, number, n_labels) for skill in skills.values()]
    return np.mean(tables, axis=0) if tables else _one_coin(0.7, n_labels)


def _table(skill: Skill, number: int, n_labels: int) -> Floats:
    """The stored table of one question; it stands alone where there is only the question about the label."""
    stored = np.asarray(skill.confusion if skill.confusion else [])
    table = stored[number] if stored.ndim == 3 and number < len(stored) else stored
    return table if table.shape == (n_labels, n_labels) else _one_coin(skill.skill, n_labels)


def _one_coin(skill: float, n_labels: int) -> Floats:
    right = min(max(skill, 0.01), 0.99)
    table = np.full((n_labels, n_labels), (1 - right) / max(1, n_labels - 1))
    np.fill_diagonal(table, right)
    return table


def note_streamed(project: Project, n_items: int) -> None:
    """Count how many items were updated one by one since the last run over all votes."""
    CrowdRun.objects.filter(project=project).update(since=F("since") + n_items)


def expire(project: Project, n_votes: int) -> None:
    """Votes were deleted or restored: have all aggregated again, at once where that is quick."""
    runs = CrowdRun.objects.filter(project=project)
    runs.filter(votes__gt=SMALL).update(since=F("since") + n_votes)
    runs.filter(votes__lte=SMALL).update(requested_method="")
