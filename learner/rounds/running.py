"""The life of a round: asked for, run, recorded; and taken up again when the process that ran it was killed.

The row is written before the work starts. While a round runs, its process holds an advisory lock of the database and
writes a heartbeat; the lock goes when the process does, however it ends. No transaction is open while a model trains,
and the order and the record of a round come into force together.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.db import Error, IntegrityError, connection, transaction
from django.utils import timezone
from django_q.tasks import async_task

from accounts.models import User
from annotate.models import Annotation
from annotate.queue import ordering
from core.postgres.availability import is_unavailable, once_available
from core.postgres.locks import try_lock
from learner import features, predictions, suspects
from learner.evaluation import verification
from learner.features import NoFeatures
from learner.models import Round
from learner.pipeline import learning, scoring
from learner.pipeline.learning import Learnt, TooFewLabels
from learner.predictions import Predictions
from learner.rounds import outcomes, publishing, records
from learner.rounds.heartbeat import BEAT_SECONDS, beating
from projects.models import Project, Suggestions

MOST_ATTEMPTS = 3
SILENT = timedelta(seconds=5 * BEAT_SECONDS)  # a running round that is silent for so long has lost its process
FORGOTTEN = timedelta(minutes=5)  # a queued round that nobody started for so long has lost its job
LOCK_SECONDS = 3.0

log = logging.getLogger(__name__)


def ask(project: Project, trigger: str, by: User | None = None) -> Round:
    """Queue a round, and return it at once; where one is queued or running, that one."""
    round, is_new = begin(project, trigger, by)
    if is_new:
        _enqueue(round)
    return round


def begin(project: Project, trigger: str, by: User | None = None) -> tuple[Round, bool]:
    """The row of a round, without a job that runs it; (the one under way, False) when there is one."""
    for _ in range(2):
        with suppress(IntegrityError), transaction.atomic():
            new_round = Round(project=project, trigger=trigger, asked_by=by, heartbeat_at=timezone.now())
            new_round.save(force_insert=True)
            return new_round, True
        if under_way := project.rounds.unfinished().first():
            return under_way, False
    raise RuntimeError("rounds of this project end as fast as they start")


def _enqueue(round: Round) -> None:
    async_task("learner.tasks.run_round", round.pk, group=f"round {round.pk}")


def run(round: Round, observe: Callable[[Learnt], None] = lambda learnt: None) -> Round:
    """Run a round and record what became of it. Nothing happens when another process runs it, or did.

    One whose project is deleted meanwhile ends without a word; one that loses its connection to the database is
    queued again, at most twice. `observe` is called with what the round has learnt, once its order is in force.
    """
    try:
        with _alone(round.project_id, LOCK_SECONDS) as locked:
            if locked and _start(round):
                with beating(round):
                    _learn(round, observe)
        round.refresh_from_db()
    except Round.DoesNotExist:
        _end_with_project(round)
    except Error as error:
        if not is_unavailable(error):
            raise
        once_available(lambda: _queue_again(round))
    return round


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
        _enqueue(round)
    with suppress(Round.DoesNotExist):
        round.refresh_from_db()


@contextmanager
def _alone(project_id: int, seconds: float = 0) -> Iterator[bool]:
    """Whether no other process is at a round of the project; none can begin one before this ends.

    The lock has a session of its own, and goes with it, also when the process is killed.
    """
    session = connection.copy()
    deadline = time.monotonic() + seconds
    try:
        with session.cursor() as cursor:
            while not (locked := try_lock(cursor, "learner.round", project_id)) and time.monotonic() < deadline:
                time.sleep(0.1)
        yield locked
    finally:
        session.close()


def _start(round: Round) -> bool:
    """Record that an attempt begins; False when the round is at its end already."""
    round.refresh_from_db()
    if not round.is_unfinished:
        return False
    if round.attempt >= MOST_ATTEMPTS:
        _give_up(round)
        return False
    newest = Annotation.objects.filter(project=round.project_id).order_by("-id").values_list("id", flat=True).first()
    round.status, round.attempt = Round.Status.RUNNING, round.attempt + 1
    round.started_at = round.heartbeat_at = timezone.now()
    round.last_annotation, round.timings, round.phase, round.reason = newest or 0, {}, "", ""
    round.estimator, round.acquisition = round.project.estimator, round.project.acquisition
    round.save()
    return True


def _learn(round: Round, observe: Callable[[Learnt], None]) -> None:
    learnt = Learnt(tuning=_last_tuning(round))
    round.record = records.of_beginning(round, learnt.tuning)

    @contextmanager
    def phase(name: str) -> Iterator[None]:
        began = time.monotonic()
        _update(round, phase=name)
        yield
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
            verification.publish(round.project, items, proba)
        if learnt.doubted is not None:
            suspects.publish(round.project, learnt.doubted)
        outcomes.store(round, learnt, outcome)
        Round.objects.filter(pk=round.pk).update(timings=round.timings)
        observe(learnt)
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


def revive() -> int:
    """Take up the rounds whose process was killed: queue them again, or give them up after three attempts."""
    now = timezone.now()
    silent = Round.objects.filter(status=Round.Status.RUNNING, heartbeat_at__lt=now - SILENT)
    forgotten = Round.objects.filter(status=Round.Status.QUEUED, heartbeat_at__lt=now - FORGOTTEN)
    return sum(map(_revive, silent | forgotten))


def _revive(round: Round) -> bool:
    with _alone(round.project_id) as dead:
        if not dead:
            return False
        if round.attempt >= MOST_ATTEMPTS:
            _give_up(round)
            return False
        same = Round.objects.filter(pk=round.pk, attempt=round.attempt, status=round.status)
        queued = same.update(status=Round.Status.QUEUED, heartbeat_at=timezone.now())
    if queued:
        log.warning("Round %s of project %s lost its worker; it is queued again", round.pk, round.project_id)
        _enqueue(round)
    return bool(queued)


def _give_up(round: Round) -> None:
    where = f" in the phase {round.phase!r}" if round.phase else ""
    Round.objects.filter(pk=round.pk, attempt=round.attempt).unfinished().update(
        status=Round.Status.FAILED,
        finished_at=timezone.now(),
        reason=f"its worker was killed{where}, in the last of {round.attempt} attempts; "
        "if there was too little memory, the log of the operating system says so",
    )


# When a round is due.


def ask_if_due(project: Project) -> None:
    """Queue a round if enough new annotations came since the last one. Costs one query, 0.2 ms."""
    if project.learning and project.retrain_every and _enough_annotations(project):
        ask(project, Round.Trigger.ANNOTATIONS)


def _enough_annotations(project: Project) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT NOT EXISTS (
                SELECT 1 FROM learner_round WHERE project_id = %(project)s AND status IN ('queued', 'running')
            ) AND EXISTS (
                SELECT 1 FROM annotate_annotation WHERE project_id = %(project)s AND id > coalesce((
                    SELECT last_annotation FROM learner_round WHERE project_id = %(project)s ORDER BY id DESC LIMIT 1
                ), 0) ORDER BY id OFFSET %(enough)s - 1 LIMIT 1
            )
            """,
            {"project": project.pk, "enough": project.retrain_every},
        )
        return bool(cursor.fetchone()[0])


def new_annotations(project: Project) -> int:
    """How many came since the last round looked."""
    last = project.rounds.order_by("-id").values_list("last_annotation", flat=True).first()
    return project.annotations.filter(id__gt=last or 0).count()


def ask_scheduled() -> None:
    """Queue the rounds that are due by their schedule, and those that were missed while another was under way."""
    for project in Project.objects.filter(learning=True):
        if _awaits_its_start(project) or (project.retrain_minutes and _enough_minutes(project)):
            ask(project, Round.Trigger.SCHEDULE)
        else:
            ask_if_due(project)


def _awaits_its_start(project: Project) -> bool:
    """Whether there are items that nobody has labelled, and no order yet by which to begin with typical ones."""
    if project.rounds.exists() or project.annotations.exists() or not scoring.can_start(project):
        return False
    return project.items.exists() and features.are_there(project)


def _enough_minutes(project: Project) -> bool:
    """Whether the last round is old enough, and something is new since then."""
    last = project.rounds.order_by("-id").first()
    if last and (last.is_unfinished or last.created_at > timezone.now() - timedelta(minutes=project.retrain_minutes)):
        return False
    return project.annotations.filter(id__gt=last.last_annotation if last else 0).exists()
