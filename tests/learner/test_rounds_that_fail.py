"""What goes wrong in a round: features that do not fit, errors, killed workers, ended connections."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from annotate import consensus
from core import storage_folders
from learner import dataset, features, rounds, tasks
from learner.evaluation import scores
from learner.features import shards
from learner.models import Round
from learner.pipeline import learning
from learner.rounds import running
from projects import setup
from tests.learner.conftest import published_order, run_round

pytestmark = pytest.mark.django_db
TRAINS = pytest.mark.slow(reason="some train for seconds")
CLICK = Round.Trigger.CLICK


def test_features_that_do_not_fit_the_items_are_a_reason(fruit_and_tools, ann, answer):
    fruit_and_tools.features = "image_pixels"
    fruit_and_tools.save()
    answer(fruit_and_tools, ann, 10)
    done = run_round(fruit_and_tools)
    assert done.status == "failed"
    assert done.reason == "image_pixels takes image, and no item is one; choose other features in the settings"


def test_vectors_that_were_never_sent_are_a_reason(fruit_and_tools, ann, answer):
    fruit_and_tools.features = "given_vectors"
    fruit_and_tools.save()
    answer(fruit_and_tools, ann, 10)
    done = run_round(fruit_and_tools)
    assert done.status == "failed"
    assert f"PUT /api/projects/{fruit_and_tools.pk}/features/" in done.reason


def test_an_error_fails_the_round_with_its_reason_and_leaves_the_old_order(fruit_and_tools, ann, answer, monkeypatch):
    answer(fruit_and_tools, ann, 30)
    run_round(fruit_and_tools)
    before = published_order(fruit_and_tools)
    monkeypatch.setattr(shards.Shards, "chunks", lambda self, items: 1 / 0)
    done = run_round(fruit_and_tools)
    assert done.status == "failed"
    assert done.reason == "ZeroDivisionError in the phase 'fit': division by zero"
    assert published_order(fruit_and_tools) == before


def test_a_round_whose_worker_was_killed_is_taken_up_again_at_most_twice(fruit_and_tools, ann, answer):
    answer(fruit_and_tools, ann, 30)
    new_round = rounds.ask(fruit_and_tools, CLICK)
    for attempt in (1, 2, 3):
        _die_while_running(new_round, attempt)
        OrmQ.objects.all().delete()
        assert rounds.revive() == (1 if attempt < 3 else 0)
        assert OrmQ.objects.count() == (1 if attempt < 3 else 0)
    new_round.refresh_from_db()
    assert new_round.status == "failed"
    assert new_round.reason.startswith("its worker was killed in the phase 'fit', in the last of 3 attempts")


def test_a_round_taken_up_again_finishes(fruit_and_tools, ann, answer):
    answer(fruit_and_tools, ann, 30)
    new_round = rounds.ask(fruit_and_tools, CLICK)
    _die_while_running(new_round, 1)
    rounds.revive()
    assert tasks.run_round(new_round.pk) == "finished"
    new_round.refresh_from_db()
    assert new_round.attempt == 2


def test_a_round_that_runs_is_left_alone(fruit_and_tools, ann, answer, another_session):
    new_round = rounds.ask(fruit_and_tools, CLICK)
    _die_while_running(new_round, 1)
    another_session("SELECT pg_advisory_lock(hashtextextended('learner.round', %s))", [fruit_and_tools.pk])
    assert rounds.revive() == 0


def test_one_round_at_a_time(fruit_and_tools, ann, answer, another_session, monkeypatch):
    monkeypatch.setattr(running, "LOCK_SECONDS", 0.1)
    answer(fruit_and_tools, ann, 30)
    another_session("SELECT pg_advisory_lock(hashtextextended('learner.round', %s))", [fruit_and_tools.pk])
    assert run_round(fruit_and_tools).status == "queued"


def test_a_round_that_did_not_wait_for_the_end_of_the_one_before_is_queued_by_it(
    fruit_and_tools, ann, answer, monkeypatch
):
    """Its order is in force, so the next round may be asked for, while it still stores what it found out."""
    monkeypatch.setattr(running, "LOCK_SECONDS", 0.1)
    answer(fruit_and_tools, ann, 30)
    given_up = []

    def refresh(project):
        given_up.append(rounds.ask(project, CLICK))
        OrmQ.objects.all().delete()
        assert tasks.run_round(given_up[0].pk) == "queued"

    monkeypatch.setattr(running.item_map, "refresh", refresh)
    assert run_round(fruit_and_tools).status == "finished"
    [job] = OrmQ.objects.all()
    assert job.task["args"] == (given_up[0].pk,)
    monkeypatch.undo()
    assert tasks.run_round(given_up[0].pk) == "finished"


def test_nobody_waits_for_a_round_that_runs(fruit_and_tools, ann, answer, another_session, monkeypatch):
    monkeypatch.setattr(running, "LOCK_SECONDS", 60)
    new_round = rounds.ask(fruit_and_tools, CLICK)
    _die_while_running(new_round, 1)
    another_session("SELECT pg_advisory_lock(hashtextextended('learner.round', %s))", [fruit_and_tools.pk])
    began = time.monotonic()
    assert tasks.run_round(new_round.pk) == "running"
    assert time.monotonic() - began < 30


def _die_while_running(round: Round, attempt: int) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    Round.objects.filter(pk=round.pk).update(status="running", phase="fit", attempt=attempt, heartbeat_at=long_ago)


@pytest.fixture
def another_session():
    """Run SQL in a session of its own, which lives as long as the test."""
    copy = connection.copy()

    def execute(query: str, values: list) -> None:
        with copy.cursor() as cursor:
            cursor.execute(query, values)

    yield execute
    copy.close()


@pytest.mark.django_db(transaction=True)
class TestARoundIsInterrupted:
    """In the middle of a round something happens from outside."""

    @pytest.fixture
    def meanwhile(self, monkeypatch) -> Callable[[Callable[[], None]], None]:
        """Have something happen each time that a round calls a function, by default the one that gives features."""

        def arrange(happen: Callable[[], None], module=features, name: str = "of_items") -> None:
            function = getattr(module, name)

            def after_it_happened(*arguments, **options):
                happen()
                return function(*arguments, **options)

            monkeypatch.setattr(module, name, after_it_happened)

        return arrange

    @pytest.mark.parametrize(
        ("module", "function"),
        [
            (consensus, "fresh"),
            (dataset, "labelled"),
            (features, "of_items"),
            (scores, "out_of_fold"),
            (learning, "interleaved"),
        ],
    )
    def test_by_the_deletion_of_its_project_and_no_traceback_is_logged(
        self, fruit_and_tools, ann, mona, answer, meanwhile, caplog, module, function
    ):
        answer(fruit_and_tools, ann, 30)
        new_round = rounds.ask(fruit_and_tools, CLICK)
        caplog.set_level("INFO")
        meanwhile(lambda: setup.delete(fruit_and_tools, mona), module, function)
        assert tasks.run_round(new_round.pk) == "failed"
        assert [record for record in caplog.records if record.exc_info or record.levelname != "INFO"] == []
        assert f"Round {new_round.pk} ends, because its project" in caplog.text
        assert not Round.objects.exists()
        assert str(fruit_and_tools.pk) not in storage_folders.folders("features")

    def test_by_the_database_and_is_queued_again(
        self, fruit_and_tools, ann, answer, meanwhile, end_connection, monkeypatch
    ):
        answer(fruit_and_tools, ann, 30)
        new_round = rounds.ask(fruit_and_tools, CLICK)
        OrmQ.objects.all().delete()
        meanwhile(end_connection)
        assert tasks.run_round(new_round.pk) == "queued"
        new_round.refresh_from_db()
        assert (new_round.attempt, new_round.reason) == (1, "the database ended the connection in the phase 'features'")
        assert OrmQ.objects.count() == 1
        monkeypatch.undo()
        assert tasks.run_round(new_round.pk) == "finished"
        new_round.refresh_from_db()
        assert (new_round.attempt, new_round.reason) == (2, "")

    def test_by_the_database_each_time_and_the_reason_says_so(
        self, fruit_and_tools, ann, answer, meanwhile, end_connection
    ):
        answer(fruit_and_tools, ann, 30)
        new_round = rounds.ask(fruit_and_tools, CLICK)
        meanwhile(end_connection)
        assert [tasks.run_round(new_round.pk) for _ in range(3)] == ["queued", "queued", "failed"]
        new_round.refresh_from_db()
        assert (
            new_round.reason == "the database ended the connection in the phase 'features', in the last of 3 attempts"
        )

    @pytest.fixture
    def end_connection(self, another_session) -> Callable[[], None]:
        """Have the database end our connection, as when it restarts."""

        def end() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                [pid] = cursor.fetchone()
            another_session("SELECT pg_terminate_backend(%s, 5000)", [pid])

        return end
