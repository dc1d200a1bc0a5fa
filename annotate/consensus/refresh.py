"""What the votes on an item agree on.

An answer only marks its item as due; `fresh`, by which consensus is read, takes in what is due first, in bulk. So
labelling pays one narrow insert, and nobody reads a stale consensus. Small projects are aggregated as a whole each
time. In large ones the items that are due are updated from what the last whole run says of the people, until one in
twenty has changed (`plan`). One process at a time refreshes a project; no transaction is open while it calculates.
"""

import inspect
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import numpy as np
import orjson
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_q.tasks import async_task
from numpy.typing import NDArray

from annotate.consensus import annotator_model, model_vote, same_errors, single_votes, store, vote_arrays
from annotate.consensus.model_vote import Measured
from annotate.consensus.plan import Plan, State, plan
from annotate.consensus.store import WithModel
from annotate.consensus.vote_arrays import VoteArrays
from annotate.models import Consensus, ConsensusDue, CrowdRun, Item
from annotate_kit import aggregation
from annotate_kit.aggregation import Result, Votes
from core.postgres import copy
from core.postgres.locks import advisory_lock
from core.postgres.transactions import retried_without_deleted
from projects import label_sets
from projects.models import Project
from projects.tasktypes import Question

ASK_AGAIN = 60.0
FALLBACK = "majority_vote"
VERSION = 3
"""Raised when the same votes give another consensus than before: then everything is aggregated again."""

Ids = NDArray[np.int64]


class LabelsChanged(Exception):
    """The labels were renamed while the consensus was calculated."""


def fresh(project: Project, *, wait: bool = True, whole: bool = False) -> QuerySet[Consensus]:
    """The project's consensus, which is made anew where votes changed: the only way to read it.

    With `wait` false, as pages ask, what takes long is left to the worker, and nothing is done while somebody else is
    at it: the former consensus is good enough for a glance. With `whole`, all votes are aggregated together.
    """
    refresh(project, wait=wait, whole=whole)
    return project.consensus_rows.all()


def items(project: Project, *, wait: bool = True) -> QuerySet[Item]:
    """The project's items with their consensus loaded, as fresh as `fresh` makes it."""
    refresh(project, wait=wait)
    return project.items.select_related("consensus")


def last_run(project: Project) -> CrowdRun | None:
    """The last run over all votes: which method it used, and why another one than asked."""
    return CrowdRun.objects.filter(project=project).first()


@retried_without_deleted
def refresh(project: Project, *, wait: bool = True, whole: bool = False) -> int:
    """Do what the plan says; returns for how many items consensus was made because their votes had changed."""
    due = int(ConsensusDue.objects.filter(project=project).exists())
    if not plan(_state(project, last_run(project), due, wait, whole)):
        return 0
    with advisory_lock("annotate.consensus", project.pk, wait=wait) as locked:
        if not locked:
            return 0
        with suppress(LabelsChanged):
            return _refresh_alone(project, wait, whole)
        with transaction.atomic():
            label_sets.hold(project.pk)
            project.read_labels_again()
            return _refresh_alone(project, wait, whole)


def _refresh_alone(project: Project, wait: bool, whole: bool) -> int:
    run = last_run(project)
    due = copy.read(
        "SELECT id, item_id FROM annotate_consensusdue WHERE project_id = %(project)s",
        {"id": ">i8", "item": ">i8"},
        {"project": project.pk},
    )
    planned = plan(_state(project, run, len(due), wait, whole))
    if Plan.DELEGATE in planned:
        _ask_the_worker(project)
    if Plan.FULL in planned:
        _aggregate_all(project, due)
    elif Plan.INCREMENT in planned and run is not None:
        _update(project, due, run)
    else:
        return 0
    return len(np.unique(due["item"]))


def _state(project: Project, run: CrowdRun | None, due: int, wait: bool, whole: bool) -> State:
    return State(
        votes=run.votes if run else 0,
        updated=run.since if run else 0,
        due=due,
        is_current=run.requested_method == _requested_method(project) if run else not project.annotations.exists(),
        has_gold=project.gold_in_consensus,
        waits=wait,
        whole=whole,
    )


def _ask_the_worker(project: Project) -> None:
    """Have all votes aggregated by a job; asked for once a minute at most by this process."""
    now = time.monotonic()
    if now - _last_checks.get(project.pk, -ASK_AGAIN) >= ASK_AGAIN:
        _last_checks[project.pk] = now
        async_task("annotate.tasks.aggregate_votes", project.pk, group=f"consensus {project.pk}")


_last_checks: dict[int, float] = {}


def _requested_method(project: Project) -> str:
    """What the set-up says about the method; when it changes, everything is aggregated again."""
    set_up = [VERSION, project.label_names, project.options]
    digest = blake2b(orjson.dumps(set_up, option=orjson.OPT_SORT_KEYS), digest_size=6).hexdigest()
    gold = " with gold" if project.gold_in_consensus else ""
    return f"{project.aggregation}{gold}{' and the model' if project.model_vote else ''} over {digest}"


# Over all votes


@dataclass(frozen=True, eq=False)
class Run:
    """What a method made of all votes, and which one it was in the end."""

    method: str
    reason: str
    results: list[Result]


def _aggregate_all(project: Project, due: NDArray[np.void]) -> None:
    votes = vote_arrays.read(project)
    run = _run(project, votes)
    voters, with_model = model_vote.measure(project, votes, run.results)
    pairs = same_errors.pairs(votes) if run.results else []
    now = timezone.now()
    with transaction.atomic():
        _keep(
            project,
            votes,
            [result.beliefs for result in run.results],
            run.method,
            due,
            None,
            with_model if voters else None,
        )
        if run.results:
            annotator_model.store(project, votes, run.results, now)
        else:
            annotator_model.forget(project)
        _record(project, votes, run, voters, pairs, now)


def _record(
    project: Project,
    votes: VoteArrays,
    run: Run,
    voters: Mapping[str, Measured],
    pairs: list[tuple[int, int, float]],
    now: datetime,
) -> None:
    priors = [result.prior for result in run.results]
    CrowdRun.objects.update_or_create(
        project=project,
        defaults={
            "requested_method": _requested_method(project),
            "method": run.method,
            "reason": run.reason[:500],
            "votes": len(votes),
            "since": 0,
            "prior": [p.tolist() for p in priors if p is not None] if all(p is not None for p in priors) else None,
            "model": voters[model_vote.MODEL].as_json() if model_vote.MODEL in voters else None,
            "machines": {name: voter.as_json() for name, voter in voters.items() if name != model_vote.MODEL},
            "same_errors": pairs,
            "computed_at": now,
        },
    )


def _run(project: Project, votes: VoteArrays) -> Run:
    """The project's method; or the majority where that one cannot be, and why."""
    if not len(votes) or not votes.questions:
        return Run(project.aggregation, "", [])
    if votes.per_item.max() < 2:
        return Run(FALLBACK, "", _with(project, votes, FALLBACK))  # each item has one vote: nothing to weigh
    try:
        return Run(project.aggregation, "", _with(project, votes, project.aggregation))
    except (ValueError, TypeError, KeyError) as error:
        return Run(FALLBACK, str(error.args[0] if error.args else error), _with(project, votes, FALLBACK))


def _with(project: Project, votes: VoteArrays, method: str) -> list[Result]:
    wants_gold = _wants_gold(project, method)
    known = _gold(project, votes) if wants_gold or not votes.compared.all() else [None] * len(votes.questions)
    results = [
        aggregation.aggregate(
            question.votes, method, gold=gold if wants_gold else None, **_dependence(question, method)
        )
        for question, gold in zip(votes.questions, known, strict=True)
    ]
    return single_votes.limited(votes, results, known)


def _dependence(question: Question, method: str) -> dict[str, bool]:
    """What `auto` must know of units that hang together."""
    return {} if question.independent or aggregation.resolve(method)[0] != "auto" else {"independent": False}


def _wants_gold(project: Project, method: str) -> bool:
    """Whether the method is given gold: when it cannot do without, or can use it and the project says so."""
    parameters = inspect.signature(aggregation.registry.load(method).aggregate).parameters
    return "gold" in parameters and (project.gold_in_consensus or parameters["gold"].default is inspect.Parameter.empty)


def _gold(project: Project, votes: VoteArrays) -> list[Ids | None]:
    """(N,) a question: the label that is known to be right, -1 where none is. None where units are not the items."""
    if all(question.item is not None for question in votes.questions):
        return [None for _ in votes.questions]
    gold_votes = vote_arrays.read_gold(project, votes.items)
    questions = project.kind.questions(gold_votes, project.spec)
    return [
        None if question.item is not None else _labels_of_items(gold.votes)
        for question, gold in zip(votes.questions, questions, strict=True)
    ]


def _labels_of_items(gold: Votes) -> Ids:
    labels = np.full(gold.n_items, -1, dtype=np.int64)
    labels[gold.item] = gold.label
    return labels


# Item by item


def _update(project: Project, due: NDArray[np.void], run: CrowdRun) -> None:
    """Refresh the items that are due by what the last run says of the people."""
    item_ids = np.unique(due["item"]).tolist()
    votes = vote_arrays.read(project, item_ids)
    if not len(votes):
        probabilities = []
    elif run.method == FALLBACK:
        probabilities = [aggregation.aggregate(question.votes, FALLBACK).beliefs for question in votes.questions]
    else:
        probabilities = annotator_model.posterior(votes, run)
    if (votes.per_item == 1).any():
        probabilities = single_votes.limit(votes, probabilities, single_votes.stored_accuracy(project, votes))
    voters = _voters(run) if len(votes) and votes.label_question else {}
    with_model = model_vote.with_votes(project, votes, probabilities[0], voters) if voters else None
    with transaction.atomic():
        _keep(project, votes, probabilities, run.method, due, item_ids, with_model)
        annotator_model.note_streamed(project, len(item_ids))


def _voters(run: CrowdRun) -> dict[str, Measured]:
    """The model and the machines, as the last run over all votes found them."""
    fields = ({model_vote.MODEL: run.model} if run.model else {}) | run.machines
    return {name: Measured.from_json(voter) for name, voter in fields.items()}


# Storing it


def _keep(
    project: Project,
    votes: VoteArrays,
    probabilities: Sequence[NDArray[np.float64]],
    method: str,
    due: NDArray[np.void],
    item_ids: list[int] | None,
    with_model: WithModel | None = None,
) -> None:
    """Store what is agreed now; items that have no votes any more have no consensus. `item_ids` None means all.

    LabelsChanged when the votes were read by other names than those of now.
    """
    if label_sets.hold(project.pk).version != project.label_set.version:
        raise LabelsChanged
    if len(votes):
        store.store(project, store.rows(project, votes, probabilities, item_ids, with_model), method)
    silent = np.setdiff1d(due["item"].astype(np.int64), votes.items)
    Consensus.objects.filter(item__in=silent.tolist()).delete()
    ConsensusDue.objects.filter(pk__in=due["id"].astype(np.int64).tolist()).delete()
