"""How good each annotator is, as the last run over all votes saw it; and what that says of new votes meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import F
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import betaincinv

from annotate.consensus.vote_arrays import Said
from annotate.models import CrowdRun, Skill
from annotate_kit.aggregation import Result, Votes
from annotate_kit.identification import consensus_agreement, entropy_threshold, spam_score
from projects.models import Project

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
    low, high = betaincinv(right, wrong, [0.025, 0.975])
    return Interval(share, 0.0 if share * n < 0.5 else float(low), 1.0 if (1 - share) * n < 0.5 else float(high))


def store(project: Project, said: Said, results: Sequence[Result], now: datetime) -> None:
    """Keep what a run over all votes says of each person, in place of what the run before said."""
    agreement, compared = _mean_agreement(said)
    confusion = _confusion(said, results)
    skill = np.mean([result.skill for result in results], axis=0)
    entropies = np.mean([entropy_threshold.score(votes) for votes in said.questions], axis=0)
    spam = _spam(said.questions, confusion)
    votes = np.bincount(said.person, minlength=len(said.people))
    Skill.objects.filter(project=project).exclude(annotator__in=said.people.tolist()).delete()
    Skill.objects.bulk_create(
        (
            Skill(
                project=project,
                annotator_id=person,
                skill=float(skill[row]),
                confusion=None if confusion is None else _as_json([tables[row] for tables in confusion], project),
                votes=int(votes[row]),
                agreement=_known(agreement[row]),
                compared=int(compared[row]),
                spam_score=None if spam is None else _known(spam[row]),
                entropy=_known(entropies[row]),
                computed_at=now,
            )
            for row, person in enumerate(said.people.tolist())
        ),
        update_conflicts=True,
        unique_fields=["project", "annotator"],
        update_fields=[
            "skill", "confusion", "votes", "agreement", "compared", "spam_score", "entropy", "computed_at",
        ],
    )  # fmt: skip


def _mean_agreement(said: Said) -> tuple[Floats, NDArray[np.int64]]:
    """(A,) how often each person says what most others say, and on how many items there were others."""
    shares = np.mean([consensus_agreement.score(votes) for votes in said.questions], axis=0)
    with_others = said.per_item[said.item] > 1
    return shares, np.bincount(said.person[with_others], minlength=len(said.people))


def _confusion(said: Said, results: Sequence[Result]) -> list[Floats] | None:
    """(A, K, K) an answered question: the method's own matrices, or those that its beliefs make; None if too many."""
    votes = said.questions[0]
    if len(results) * votes.n_annotators * votes.n_labels**2 > LARGEST:
        return None
    return [
        _by_beliefs(votes, result.beliefs) if result.confusion is None else result.confusion
        for votes, result in zip(said.questions, results, strict=True)
    ]


def _by_beliefs(votes: Votes, beliefs: Floats) -> Floats:
    """(A, K, K) how each person's votes fall, given what is believed; one vote more is spread as the crowd's are."""
    shape = (votes.n_items, votes.n_annotators * votes.n_labels)
    column = votes.annotator.astype(np.int64) * votes.n_labels + votes.label
    answers = sparse.coo_array((np.ones(len(votes)), (votes.item, column)), shape=shape).tocsr()
    tables = np.asarray(answers.T @ beliefs).reshape(votes.n_annotators, votes.n_labels, votes.n_labels)
    tables = tables.transpose(0, 2, 1)
    crowd = tables.sum(axis=0) + 1e-3
    tables = tables + crowd / crowd.sum(axis=1, keepdims=True)
    return np.asarray(tables / tables.sum(axis=2, keepdims=True))


def _spam(questions: Sequence[Votes], confusion: Sequence[Floats] | None) -> Floats | None:
    if confusion is None:
        return None
    return np.mean(
        [spam_score.score(votes, tables) for votes, tables in zip(questions, confusion, strict=True)], axis=0
    )


def _as_json(tables: Sequence[Floats], project: Project) -> list[Any]:
    rounded = [np.round(table, 5).tolist() for table in tables]
    return rounded if project.kind.multiple else rounded[0]


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)


def forget(project: Project) -> None:
    """There are no votes any more, so nothing is known of anybody."""
    Skill.objects.filter(project=project).delete()


def posterior(said: Said, run: CrowdRun) -> list[Floats]:
    """(N, K) a question: what these votes say by Bayes' rule, their givers being as good as the last run found them.

    Who was not in that run counts as the average person.
    """
    kept = {skill.annotator_id: skill for skill in Skill.objects.filter(project=run.project_id)}
    return [
        _beliefs(votes, _prior(run, number, votes.n_labels), _tables(said, kept, number, votes.n_labels))
        for number, votes in enumerate(said.questions)
    ]


def _beliefs(votes: Votes, prior: Floats, tables: Floats) -> Floats:
    log_joint = np.tile(np.log(prior), (votes.n_items, 1))
    log_said = np.log(tables)
    for label in range(votes.n_labels):
        which = votes.label == label
        np.add.at(log_joint, votes.item[which], log_said[votes.annotator[which], :, label])
    log_joint -= log_joint.max(axis=1, keepdims=True)
    beliefs = np.exp(log_joint)
    return np.asarray(beliefs / beliefs.sum(axis=1, keepdims=True))


def _prior(run: CrowdRun, number: int, n_labels: int) -> Floats:
    prior = np.asarray(run.prior[number] if run.prior else [], dtype=np.float64)
    return np.full(n_labels, 1 / n_labels) if prior.shape != (n_labels,) else np.maximum(prior, 1e-9)


def _tables(said: Said, kept: dict[int, Skill], number: int, n_labels: int) -> Floats:
    """(A, K, K) how probable it is that each of these people says a label, under each true one."""
    known = [_table(kept[person], number, n_labels, said.multiple) for person in said.people.tolist() if person in kept]
    everybody = (
        [_table(skill, number, n_labels, said.multiple) for skill in kept.values()]
        if len(known) < len(said.people)
        else []
    )
    average = np.mean(everybody, axis=0) if everybody else _one_coin(0.7, n_labels)
    own = iter(known)
    tables = np.stack([next(own) if person in kept else average for person in said.people.tolist()])
    return np.maximum(tables, 1e-6)


def _table(skill: Skill, number: int, n_labels: int, multiple: bool) -> Floats:
    table = np.asarray((skill.confusion[number] if multiple else skill.confusion) if skill.confusion else [])
    return table if table.shape == (n_labels, n_labels) else _one_coin(skill.skill, n_labels)


def _one_coin(skill: float, n_labels: int) -> Floats:
    right = min(max(skill, 0.01), 0.99)
    table = np.full((n_labels, n_labels), (1 - right) / max(1, n_labels - 1))
    np.fill_diagonal(table, right)
    return table


def note_streamed(project: Project, n_items: int) -> None:
    """Remember how much was updated one by one since the last run over all votes."""
    CrowdRun.objects.filter(project=project).update(since=F("since") + n_items)
