"""The life of a round: asked for, run, recorded; and taken up again when the process that ran it was killed.

The row is written before the work starts. While a round runs, its process holds an advisory lock of the database and
writes a heartbeat; the lock goes when the process does, however it ends. No transaction is open while a model trains,
and the order and the record of a round come into force together.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import Error, transaction
from django.utils import timezone

from annotate.models import Annotation
from annotate.pages import offers
from annotate.queue import ordering
from core.postgres.availability import is_unavailable, once_available
from learner import features, item_map, predictions, suspects
from learner.evaluation import verification
from learner.features import NoFeatures
from learner.models import Round
from learner.pipeline import learning
from learner.pipeline.learnt import Learnt, TooFewLabels
from learner.predictions import Predictions
from learner.rounds import outcomes, publishing, records
from learner.rounds.asking import enqueue
from learner.rounds.heartbeat import beating
from learner.rounds.lock import alone
from learner.rounds.recovery import MOST_ATTEMPTS, give_up
from projects.models import Suggestions

LOCK_SECONDS = 3.0
PROGRESS_SECONDS = 2.0

log = logging.getLogger(__name__)


def run(round: Round, observe: Callable[[Learnt], None] = lambda learnt: None) -> Round:
    """Run a round and record what became of it. Nothing happens when another process runs it, or did.

    One whose project is deleted meanwhile ends without a word; one that loses its connection to the database is
    queued again, at most twice. `observe` is called with what the round has learnt, once its order is in force and
    another round may begin.
    """
    learnt = None
    try:
        with alone(round.project_id, LOCK_SECONDS if round.status == Round.Status.QUEUED else 0) as locked:
            if locked and _start(round):
                with beating(round):
                    learnt = _learn(round)
        if locked:
            _enqueue_waiting(round)
        round.refresh_from_db()
        if learnt is not None:
            _observe(round, learnt, observe)
    except Round.DoesNotExist:
        _end_with_project(round)
    except Error as error:
        if not is_unavailable(error):
            raise
        once_available(lambda: _queue_again(round))
    return round


def _enqueue_waiting(round: Round) -> None:
    """Between its order and its end a round stores what it found out; the job of the next may have given up on it."""
    for waiting in Round.objects.filter(project=round.project_id, status=Round.Status.QUEUED):
        enqueue(waiting)


def _observe(round: Round, learnt: Learnt, observe: Callable[[Learnt], None]) -> None:
    """The order is in force, so an error of who looks on is logged, and the round is none the worse."""
    try:
        observe(learnt)
    except Exception as error:
        if is_unavailable(error):
            raise
        if not Round.objects.filter(pk=round.pk).exists():
            raise Round.DoesNotExist from error
        log.exception("Round %s of project %s is not measured", round.pk, round.project_id)


def _end_with_project(round: Round) -> None:
    """The row went with its project. What the round stored in files since then goes as well."""
    log.info("Round %s ends, because its project %s was deleted", round.pk, round.project_id)
    features.remove(round.project_id)
    round.status, round.reason = Round.Status.FAILED, "its project was deleted"


def _queue_again(round: Round) -> None:
    """After the database ended the connection, in an attempt that is still ours; the last attempt is a failure."""
    connected = Round.objects.filter(pk=round.pk, attempt__lte=round.attempt).unfinished()
    reason = f"the database ended the connection in the phase {round.phase!r}"
    log.warning("Round %s of project %s: %s", round.pk, round.project_id, reason)
    if round.attempt >= MOST_ATTEMPTS:
        reason = f"{reason}, in the last of {round.attempt} attempts"
        connected.update(status=Round.Status.FAILED, finished_at=timezone.now(), reason=reason)
    elif connected.update(status=Round.Status.QUEUED, heartbeat_at=timezone.now(), reason=reason):
        enqueue(round)
    with suppress(Round.DoesNotExist):
        round.refresh_from_db()


def _start(round: Round) -> bool:
    """Record that an attempt begins; False when the round is at its end already."""
    round.refresh_from_db()
    if not round.is_unfinished:
        return False
    if round.attempt >= MOST_ATTEMPTS:
        give_up(round)
        return False
    newest = Annotation.objects.filter(project=round.project_id).order_by("-id").values_list("id", flat=True).first()
    round.status, round.attempt = Round.Status.RUNNING, round.attempt + 1
    round.started_at = round.heartbeat_at = timezone.now()
    round.last_annotation, round.timings, round.phase, round.reason = newest or 0, {}, "", ""
    round.estimator, round.acquisition = round.project.estimator, round.project.acquisition
    round.save()
    return True


def _learn(round: Round) -> Learnt | None:
    """What it has learnt; None where no order of it came into force."""
    learnt = Learnt(tuning=_last_tuning(round))
    round.record = records.of_beginning(round, learnt.tuning)

    @contextmanager
    def phase(name: str) -> Iterator[Callable[[float], None]]:
        began = time.monotonic()
        _update(round, phase=name)
        yield _Progress(round, name).advance
        round.timings[name] = round.timings.get(name, 0) + _rounded(time.monotonic() - began)

    try:
        learning.learn(round.project, learnt, round.pk, phase)
        outcome = outcomes.of(learnt)
        if round.project.show_suggestions != Suggestions.HIDDEN:
            with phase("suggestions"):
                publishing.suggest(round.project, outcome, learnt.proposals)
        with phase("publish"), transaction.atomic():
            Round.objects.select_for_update().get(pk=round.pk, attempt=round.attempt, status=Round.Status.RUNNING)
            round.generation = ordering.publish(round.project, learnt.order)
            round.record |= records.of_outcome(learnt)
            _finish(round, learnt, reason=learnt.reason)
        publishing.vote(round.project, outcome)
        if learnt.predicted is not None:
            items, proba = learnt.predicted
            predictions.keep(round.project, Predictions(round.pk, round.project.label_names, items, proba))
            verification.publish(round.project, items, proba, learnt.left_out)
        if learnt.doubted is not None and offers.is_possible(round.project):
            outcome = replace(outcome, suspected=suspects.of(learnt.doubted))
            publishing.suspect(round.project, outcome)
        outcomes.store(round, learnt, outcome)
        with phase("map"):
            item_map.refresh(round.project)
        Round.objects.filter(pk=round.pk).update(timings=round.timings)
        return learnt
    except TooFewLabels as reason:
        _finish(round, learnt, reason=str(reason))
    except NoFeatures as reason:
        _finish(round, learnt, Round.Status.FAILED, str(reason))
    except SystemExit:
        _finish(round, learnt, Round.Status.FAILED, "it took longer than JOB_SECONDS allows")
        raise
    except Exception as error:
        if is_unavailable(error):
            raise
        if not Round.objects.filter(pk=round.pk).exists():
            raise Round.DoesNotExist from error
        log.exception("Round %s of project %s failed in its phase %s", round.pk, round.project_id, round.phase)
        _finish(round, learnt, Round.Status.FAILED, _short(error, round.phase))
    return None


@dataclass
class _Progress:
    """How far a long phase is, as people see it; written every few seconds."""

    round: Round
    name: str
    written_at: float = field(default_factory=time.monotonic)

    def advance(self, share: float) -> None:
        if time.monotonic() - self.written_at > PROGRESS_SECONDS:
            self.written_at = time.monotonic()
            _update(self.round, phase=f"{self.name} {share:.0%}")


def _last_tuning(round: Round) -> dict[str, Any]:
    """The settings that the estimator chose in the last round that trained one."""
    earlier = round.project.rounds.informative().filter(pk__lt=round.pk).order_by("-id")
    return earlier.values_list("tuning", flat=True).first() or {}


def _rounded(seconds: float) -> float:
    return float(f"{seconds:.4f}")


def _finish(round: Round, learnt: Learnt, status: str = Round.Status.FINISHED, reason: str = "") -> None:
    score = learnt.score
    _update(
        round,
        status=status,
        reason=reason,
        finished_at=timezone.now(),
        phase=round.phase if status == Round.Status.FAILED else "",
        timings=round.timings,
        generation=round.generation if status == Round.Status.FINISHED else None,
        n_labels=learnt.n_labels,
        n_train=learnt.n_train,
        n_test=learnt.n_test,
        n_pool=learnt.n_pool,
        score=score and score.value,
        score_low=score and score.low,
        score_high=score and score.high,
        cv_score=learnt.cv_score,
        tuning=learnt.tuning,
        record=round.record,
    )


def _update(round: Round, **fields: object) -> None:
    """Change a running round's row; one that was taken from us meanwhile is left alone."""
    for name, value in fields.items():
        setattr(round, name, value)
    Round.objects.filter(pk=round.pk, attempt=round.attempt, status=Round.Status.RUNNING).update(
        heartbeat_at=timezone.now(), **fields
    )


def _short(error: Exception, phase: str) -> str:
    what = str(error).strip().splitlines()[0][:200] if str(error).strip() else ""
    return f"{type(error).__name__} in the phase {phase!r}" + (f": {what}" if what else "")
