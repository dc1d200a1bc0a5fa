"""One project, labelled by recorded answers through the real queue: leases, answers, rounds and consensus."""

from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

import annotate_kit.estimators
from accounts.models import User
from annotate import consensus
from annotate.imports.run import import_records
from annotate.models import Assignment
from annotate.queue import leasing
from annotate.queue.submitting import submit
from annotate_kit.formats.records import Record
from learner import features, rounds
from learner.evaluation import scores
from learner.features import representing
from learner.models import Round
from learner.pipeline.adaptive_votes import CALIBRATION_VOTES
from learner.pipeline.learnt import Learnt
from learner.replay.recording import Recording, Row, Unusable
from projects import setup
from projects.models import Label, Membership, Project, Role

CHECKED_EVERY = 10  # answers, after which it is seen whether there are enough
RECORDED = "replay"  # who gives the right answer, where nobody's own is recorded


@dataclass(frozen=True)
class Plan:
    """How a side of a replay asks and learns. Items get `votes`, uncertain ones up to `most` if that is not 0."""

    strategy: str
    estimator: str
    batch: int
    votes: int
    metric: str
    most: int = 0

    @property
    def dispatchers(self) -> int:
        return max(self.votes, CALIBRATION_VOTES if self.most else 0)


PLAIN = "logistic_regression"


def chance(metric: str, answers: NDArray[np.int64]) -> float:
    """The score of a model that knows nothing but how frequent labels are."""
    if metric == "auc":
        return 0.5
    if answers.ndim == 2:
        return float(np.maximum(answers.mean(axis=0), 1 - answers.mean(axis=0)).mean())
    return float(np.bincount(answers).max() / len(answers))


def measured(metric: str, proba: NDArray[np.floating], answers: NDArray[np.int64]) -> float:
    """The accuracy, or the area under the ROC curve: of several labels the mean of one against the rest."""
    if metric == "accuracy":
        return float(scores.right(proba, answers).mean())
    from sklearn.metrics import roc_auc_score

    if answers.ndim == 1 and proba.shape[1] == 2:
        return float(roc_auc_score(answers, proba[:, 1]))
    truth = answers if answers.ndim == 2 else np.eye(proba.shape[1])[answers]
    both_occur = (truth.min(axis=0) < 1) & (truth.max(axis=0) > 0)
    return float(np.mean([roc_auc_score(truth[:, label], proba[:, label]) for label in np.flatnonzero(both_occur)]))


def full_score(train: Recording, test: Recording, labels: list[str], metric: str) -> float:
    """What plain logistic regression reaches when it is trained on everything."""
    X, answers = train.own_features(), train.answers(labels)
    sparse = hasattr(X, "nnz")
    if train.is_multilabel:
        model: Any = annotate_kit.estimators.make_multilabel(PLAIN, len(labels), 0, sparse=sparse).fit(X, answers)
        return measured(metric, model.predict_proba(test.own_features()), test.answers(labels))
    model = annotate_kit.estimators.registry.load(PLAIN).make(len(labels), 0, sparse=sparse).fit(X, answers)
    proba = annotate_kit.estimators.proba(model, test.own_features(), len(labels))
    return measured(metric, proba, test.answers(labels))


class Player:
    """Labels the items of `train` in a project of its own, and measures each round's model on `test`."""

    def __init__(self, project: Project, train: Recording, test: Recording, plan: Plan) -> None:
        self.project, self.train, self.test, self.plan = project, train, test, plan
        self.labels = project.label_names
        self._rows = {row.external_id: row for row in train.rows}
        users = User.objects.filter(memberships__project=project)
        self._people = {user.last_name: user for user in users}

    @property
    def clicks(self) -> int:
        return self.project.annotations.count()

    @property
    def n_labels(self) -> int:
        """Items that somebody has answered."""
        return self.project.annotations.values("item").distinct().count()

    def start(self) -> None:
        """Have the first order made, before anybody has answered."""
        self._round()

    def step(self, wanted: int) -> float:
        """Have items labelled until there are `wanted`, then run a round; returns its model's score."""
        if self.plan.most:
            self._answer_in_turns(wanted)
        else:
            missing = wanted - self.n_labels
            for turn in range(self.plan.votes):
                self._answer(turn, missing)
        return self._score(self._round())

    def _answer_in_turns(self, wanted: int) -> int:
        """Have people answer in the order of the queue until `wanted` items have an answer; returns how many they gave.

        Where several votes of one item are wanted at once, the next dispatcher has it next.
        """
        answers, without = 0, 0
        for turn in cycle(range(self.plan.dispatchers)):
            leased = leasing.lease_next(self.project, self._people[f"dispatcher {turn}"])
            without = 0 if leased else without + 1
            if without == self.plan.dispatchers:
                return answers
            if leased and self._submit(leased):
                answers += 1
                if answers % CHECKED_EVERY == 0 and self.n_labels >= wanted:
                    return answers
        return answers

    def _answer(self, turn: int, count: int) -> None:
        """Each vote of an item comes from another person, so each turn has a dispatcher with a place of their own."""
        dispatcher = self._people[f"dispatcher {turn}"]
        while count > 0 and (leased := leasing.lease(self.project, dispatcher, min(count, leasing.MOST_AT_ONCE))):
            for assignment in leased:
                self._submit(assignment)
            count -= len(leased)

    def _submit(self, assignment: Assignment) -> bool:
        """Pass the lease on to a person who has answered this item and not yet been asked, and give their answer.

        False where nobody is left: then the item is skipped.
        """
        row = self._rows[assignment.item.external_id]
        vote = self._next_vote(row, assignment.item_id)
        if vote is None:
            leasing.skip(assignment)
            return False
        name, value = vote
        assignment.annotator = self._people[name]
        Assignment.objects.filter(pk=assignment.pk).update(annotator=assignment.annotator)
        submit(assignment, value)
        return True

    def _next_vote(self, row: Row, item_id: int) -> tuple[str, Any] | None:
        """The first one recorded that was not given yet; None when all were."""
        if not row.votes:
            return RECORDED, row.gold
        if self.plan.votes == 1 and not self.plan.most:
            return row.votes[0]
        voters = set(self.project.annotations.filter(item=item_id).values_list("annotator", flat=True))
        return next((vote for vote in row.votes if self._people[vote[0]].pk not in voters), None)

    def _round(self) -> Learnt:
        begun, _ = rounds.begin(self.project, Round.Trigger.CLICK)
        learnt = Learnt()

        def observe(of_round: Learnt) -> None:
            nonlocal learnt
            learnt = of_round

        done = rounds.run(begun, observe)
        if done.status != Round.Status.FINISHED:
            raise Unusable(f"round {done.pk} of the replay {done.status}: {done.reason}")
        return learnt

    def _score(self, learnt: Learnt) -> float:
        answers = self.test.answers(self.labels)
        if learnt.fitted is None or learnt.view is None:
            return chance(self.plan.metric, answers)
        X = representing.rows_of_others(self.project, learnt.view, learnt.rows, self.test.views())
        return measured(self.plan.metric, learnt.fitted.predict(X), answers)

    def consensus_accuracy(self) -> float | None:
        """The share of answered items whose consensus is the right answer; None without any."""
        agreed = consensus.fresh(self.project, whole=True).filter(value__isnull=False)
        right = [value == self._rows[name].gold for name, value in agreed.values_list("item__external_id", "value")]
        return float(np.mean(right)) if right else None


def set_up(train: Recording, labels: list[str], plan: Plan, name: str) -> Project:
    """A project of its own with the items of a recording, and a user for everybody who answered."""
    project = Project.objects.create(
        name=name,
        task_type="multiple_choice" if train.is_multilabel else "single_choice",
        learning=False,  # rounds are run here, and by no worker
        votes_wanted=plan.votes,
        votes_most=plan.most,
        acquisition=plan.strategy,
        estimator=plan.estimator,
        features=train.features,
        explore=0.0,
        retrain_every=plan.batch,
        order="shuffled",
    )
    Label.objects.bulk_create(Label(project=project, name=label, position=place) for place, label in enumerate(labels))
    _invite(project, train, plan)
    report = import_records(project, (_record(number, row, plan) for number, row in enumerate(train.rows, start=1)))
    if report.rejected_count:
        raise Unusable(f"{report.rejected[0]['external_id']}: {report.rejected[0]['error']}")
    if train.vectors is not None:
        features.store_vectors(project, [row.external_id for row in train.rows], train.vectors)
    return project


def _record(number: int, row: Row, plan: Plan) -> Record:
    wanted = min(plan.votes, max(1, len(row.votes)))
    return Record(number, row.external_id, text=row.text, data=row.data, votes_wanted=wanted)


@transaction.atomic
def _invite(project: Project, train: Recording, plan: Plan) -> None:
    names = {name for row in train.rows for name, _ in row.votes} | {RECORDED}
    names |= {f"dispatcher {turn}" for turn in range(plan.dispatchers)}
    people = User.objects.bulk_create(
        User(username=f"replay-{project.pk}-{number}", last_name=name[:150], is_active=False)
        for number, name in enumerate(sorted(names))
    )
    Membership.objects.bulk_create(Membership(project=project, user=user, role=Role.ANNOTATOR) for user in people)


def remove(project_id: int) -> None:
    """Delete a replay's project and its people."""
    project = Project.objects.filter(pk=project_id).first()
    if project is None:
        return
    people = list(User.objects.filter(username__startswith=f"replay-{project_id}-").values_list("pk", flat=True))
    setup.delete(project, User.objects.get(pk=people[0]))
    User.objects.filter(pk__in=people).delete()
