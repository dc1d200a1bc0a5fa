"""A round learns from what people agree on and changes what is asked next."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ, Schedule

import annotate_kit.acquisition
import annotate_kit.estimators
from annotate import consensus
from annotate.models import Band, Item, QueueState
from annotate.queue.leasing import lease
from core import storage_folders
from learner import dataset, features, rounds, tasks
from learner.evaluation import scores
from learner.exploration import in_test_share
from learner.features import representing, shards
from learner.models import PHASES, Round
from learner.pipeline import learning, learnt, training
from learner.rounds import running
from projects import setup
from projects.models import Project
from tests.learner.conftest import add_records, topics

pytestmark = pytest.mark.django_db
TRAINS = pytest.mark.slow(reason="some train for seconds")
CLICK = Round.Trigger.CLICK


def run(project):
    return rounds.run(rounds.begin(project, CLICK)[0])


def published_order(project) -> list[int]:
    generation = QueueState.objects.get(project=project).generation
    rows = Band.objects.filter(project=project, generation=generation).order_by("rank")
    return list(rows.values_list("item", flat=True))


def test_a_round_scores_the_pool_and_publishes_an_order(fruit_and_tools, ann, answer):
    answered = answer(fruit_and_tools, ann, 60)
    done = run(fruit_and_tools)
    assert (done.status, done.reason, done.attempt) == ("finished", "", 1)
    assert done.n_labels == 60 == done.n_train + done.n_test
    assert done.score_low < done.score <= done.score_high
    assert done.cv_score > 0.9
    assert done.generation == QueueState.objects.get(project=fruit_and_tools).generation
    assert len(published_order(fruit_and_tools)) == 140
    assert not set(published_order(fruit_and_tools)) & {item.pk for item in answered}
    assert [phase for phase, _ in done.timed] == [phase for phase in PHASES if phase != "suggestions"]


def test_the_next_items_come_from_the_new_order(fruit_and_tools, ann, abe, answer):
    answer(fruit_and_tools, ann, 40)
    run(fruit_and_tools)
    assert [assignment.item_id for assignment in lease(fruit_and_tools, abe, 5)] == published_order(fruit_and_tools)[:5]


def test_leased_items_keep_their_place_in_the_order(fruit_and_tools, ann, abe, answer):
    answer(fruit_and_tools, ann, 40)
    held = lease(fruit_and_tools, abe, 3)
    run(fruit_and_tools)
    assert {assignment.item_id for assignment in held} <= set(published_order(fruit_and_tools))


def test_no_model_trains_on_the_share_that_is_served_at_random(fruit_and_tools, ann, answer, monkeypatch):
    choose(fruit_and_tools, estimator="sgd", acquisition="margin")
    trained_on: list[np.ndarray] = []
    model = training.Trainer._model

    def noted(self, rows):
        trained_on.append(self.train.items[rows])
        return model(self, rows)

    monkeypatch.setattr(training.Trainer, "_model", noted)
    items = np.array([item.pk for item in answer(fruit_and_tools, ann, 100)])
    done = run(fruit_and_tools)
    is_test = in_test_share(fruit_and_tools.pk, items, fruit_and_tools.explore)
    assert done.n_test == is_test.sum() > 0
    assert trained_on
    assert not set(items[is_test]) & set(np.concatenate(trained_on))
    assert set(trained_on[0]) == set(items[~is_test])


def test_the_test_share_is_mixed_into_the_order_at_its_rate(make_project, ann, answer):
    project = make_project(labels=("fruit", "tools"), explore=0.3, retrain_every=0)
    add_records(project, topics(600))
    answer(project, ann, 40)
    run(project)
    is_test = in_test_share(project.pk, np.array(published_order(project)[:300]), 0.3)
    assert 0.2 < is_test.mean() < 0.4
    assert is_test[:30].any()
    assert not is_test[:15].all()


def test_a_round_without_exploring_has_no_score_but_the_cross_validated_one(fruit_and_tools, ann, answer):
    fruit_and_tools.explore = 0
    fruit_and_tools.save()
    answer(fruit_and_tools, ann, 40)
    done = run(fruit_and_tools)
    assert (done.n_test, done.score) == (0, None)
    assert done.cv_score > 0.9


def choose(project: Project, **fields: object) -> None:
    for name, value in fields.items():
        setattr(project, name, value)
    project.save()


def test_the_queue_starts_with_typical_items_before_anybody_has_labelled(make_project, ann):
    project = make_project(labels=("fruit", "tools"), retrain_every=0)
    add_records(project, [{"text": f"odd one {number}"} for number in range(3)] + topics(300))
    done = run(project)
    assert (done.status, done.n_labels, done.generation) == ("finished", 0, 1)
    assert done.reason.startswith("needs at least one annotation of two labels")
    at_random = in_test_share(project.pk, np.array(published_order(project)), project.explore)
    assert 100 <= len(published_order(project)) <= 115
    assert at_random.any()
    first = project.items.filter(pk__in=published_order(project)[:20]).values_list("gold", flat=True)
    assert {"fruit", "tools"} <= set(first)
    assert not project.rounds.informative().exists()


def test_a_project_that_nobody_has_labelled_gets_its_first_order_by_itself(fruit_and_tools, make_project):
    switched_off = make_project(labels=("fruit", "tools"), learning=False)
    add_records(switched_off, topics(10))
    empty = make_project(labels=("a", "b"))
    rounds.ask_scheduled()
    assert fruit_and_tools.rounds.get().trigger == Round.Trigger.SCHEDULE
    assert not switched_off.rounds.exists()
    assert not empty.rounds.exists()
    run(fruit_and_tools)
    rounds.ask_scheduled()
    assert fruit_and_tools.rounds.count() == 1


@pytest.mark.parametrize("estimator", ["auto", "mixture"])
def test_vectors_of_a_large_project_are_put_among_their_neighbours_for_a_short_list_only(
    make_project, ann, answer, monkeypatch, estimator
):
    monkeypatch.setattr(representing, "MOST_KEPT", 100)
    monkeypatch.setattr(learnt, "ORDER_LENGTH", 60)
    project = make_project(
        labels=("a", "b"), retrain_every=0, explore=0.0, features="given_vectors", estimator=estimator
    )
    add_records(project, [{"data": {"row": row}, "gold": "ab"[row % 2]} for row in range(300)])
    vectors = np.random.default_rng(0).normal(size=(300, 5)) + 3 * np.eye(2, 5)[np.arange(300) % 2]
    features.store_vectors(project, [f"item-{row}" for row in range(1, 301)], vectors)
    answer(project, ann, 20)
    done = run(project)
    assert (done.status, done.reason, done.n_pool) == ("finished", "", 280)
    assert len(published_order(project)) == 60
    assert done.tuning["estimator"] == "mixture"


def test_a_round_takes_over_the_settings_of_the_last_one_until_labels_have_grown_by_half(fruit_and_tools, ann, answer):
    answer(fruit_and_tools, ann, 40)
    first = run(fruit_and_tools).tuning
    assert first["estimator"] == "joint_text"
    answer(fruit_and_tools, ann, 4)
    assert run(fruit_and_tools).tuning == first
    answer(fruit_and_tools, ann, 30)
    assert run(fruit_and_tools).tuning["n"] > first["n"]


def test_rows_of_a_representation_are_computed_once_and_for_new_items_only(fruit_and_tools, ann, answer, monkeypatch):
    answer(fruit_and_tools, ann, 40)
    run(fruit_and_tools)
    written: list[int] = []
    add = shards.Shards.add
    monkeypatch.setattr(
        shards.Shards, "add", lambda self, owners, X: written.append(len(owners)) or add(self, owners, X)
    )
    run(fruit_and_tools)
    assert written == []
    add_records(fruit_and_tools, [{"text": "a new one", "external_id": "new"}])
    run(fruit_and_tools)
    assert written == [1, 1]
    add_records(fruit_and_tools, [{"text": f"number {n}", "external_id": f"more {n}"} for n in range(150)])
    run(fruit_and_tools)
    assert written[2:] == [150, 351]


@pytest.mark.parametrize("answers", [0, 1, 30])
def test_too_few_labels_are_a_said_state(fruit_and_tools, ann, answer, answers):
    choose(fruit_and_tools, acquisition="margin")
    answer(fruit_and_tools, ann, answers, value=lambda item: "fruit")
    done = run(fruit_and_tools)
    assert done.status == "finished"
    assert done.reason.startswith("needs at least one annotation of two labels")
    assert (done.generation, published_order(fruit_and_tools)) == (None, [])
    assert done.n_labels == answers


def test_several_labels_an_item(make_project, ann, answer):
    project = make_project(labels=("fruit", "tools", "odd"), task_type="multiple_choice", retrain_every=0)
    records = topics(150)
    for place, record in enumerate(records):
        record["gold"] = [record["gold"]] + (["odd"] if place % 3 == 0 else [])
        record["text"] += " curious" if place % 3 == 0 else ""
    add_records(project, records)
    answer(project, ann, 80)
    done = run(project)
    assert (done.status, done.reason) == ("finished", "")
    assert done.cv_score > 0.8
    assert 0 < done.score <= 1
    assert len(published_order(project)) == 70


def test_answers_that_never_differ_are_too_few_where_several_labels_can_be_chosen(make_project, ann, answer):
    project = make_project(task_type="multiple_choice", retrain_every=0)
    add_records(project, [{"text": f"text {number}"} for number in range(20)])
    answer(project, ann, 10, value=lambda item: ["positive"])
    assert run(project).reason.startswith("needs two annotations that differ")


@pytest.mark.parametrize(
    "entry",
    [("acquisition", name) for name in annotate_kit.acquisition.registry.names]
    + [pytest.param(("estimator", name), marks=TRAINS) for name in annotate_kit.estimators.registry.names],
    ids=lambda entry: entry[1],
)
def test_every_estimator_and_every_acquisition_function_makes_an_order(fruit_and_tools, ann, answer, entry):
    chosen = {"estimator": "sgd", "acquisition": "margin"} | dict([entry])
    Project.objects.filter(pk=fruit_and_tools.pk).update(**chosen)
    fruit_and_tools.refresh_from_db()
    answer(fruit_and_tools, ann, 30)
    done = run(fruit_and_tools)
    assert (done.status, done.reason) == ("finished", "")
    assert {"estimator": done.estimator, "acquisition": done.acquisition} == chosen
    assert len(published_order(fruit_and_tools)) == 170


@pytest.mark.parametrize("shown", ["hidden", "after", "shown"])
def test_the_model_proposes_answers_where_people_are_to_see_them(fruit_and_tools, ann, abe, answer, shown):
    fruit_and_tools.show_suggestions = shown
    fruit_and_tools.save()
    answer(fruit_and_tools, ann, 60)
    run(fruit_and_tools)
    proposals = fruit_and_tools.suggestions.select_related("item")
    assert proposals.exists() == (shown != "hidden")
    assert all(proposal.value == proposal.item.gold for proposal in proposals)


def test_the_test_share_gets_no_proposals(fruit_and_tools, ann, answer):
    fruit_and_tools.show_suggestions = "shown"
    fruit_and_tools.save()
    answer(fruit_and_tools, ann, 60)
    run(fruit_and_tools)
    proposed = np.array(fruit_and_tools.suggestions.values_list("item", flat=True))
    assert len(proposed) > 100
    assert not in_test_share(fruit_and_tools.pk, proposed, fruit_and_tools.explore).any()


# What goes wrong.


def test_features_that_do_not_fit_the_items_are_a_reason(fruit_and_tools, ann, answer):
    fruit_and_tools.features = "image_pixels"
    fruit_and_tools.save()
    answer(fruit_and_tools, ann, 10)
    done = run(fruit_and_tools)
    assert done.status == "failed"
    assert done.reason == "image_pixels takes image, and no item is one; choose other features in the settings"


def test_vectors_that_were_never_sent_are_a_reason(fruit_and_tools, ann, answer):
    fruit_and_tools.features = "given_vectors"
    fruit_and_tools.save()
    answer(fruit_and_tools, ann, 10)
    done = run(fruit_and_tools)
    assert done.status == "failed"
    assert f"PUT /api/projects/{fruit_and_tools.pk}/features/" in done.reason


def test_an_error_fails_the_round_with_its_reason_and_leaves_the_old_order(fruit_and_tools, ann, answer, monkeypatch):
    answer(fruit_and_tools, ann, 30)
    run(fruit_and_tools)
    before = published_order(fruit_and_tools)
    monkeypatch.setattr(shards.Shards, "chunks", lambda self, items: 1 / 0)
    done = run(fruit_and_tools)
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
    assert run(fruit_and_tools).status == "queued"


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


# When rounds start.


def test_asking_twice_is_one_round(fruit_and_tools, mona):
    first = rounds.ask(fruit_and_tools, CLICK, by=mona)
    assert rounds.ask(fruit_and_tools, CLICK, by=mona) == first
    assert (OrmQ.objects.count(), first.asked_by, first.status) == (1, mona, "queued")


def test_a_round_starts_by_itself_after_enough_annotations(fruit_and_tools, ann, answer):
    fruit_and_tools.retrain_every = 10
    fruit_and_tools.save()
    answer(fruit_and_tools, ann, 9)
    assert not fruit_and_tools.rounds.exists()
    assert rounds.new_annotations(fruit_and_tools) == 9
    answer(fruit_and_tools, ann, 1)
    new_round = fruit_and_tools.rounds.get()
    assert (new_round.status, new_round.trigger) == ("queued", "annotations")
    tasks.run_round(new_round.pk)
    answer(fruit_and_tools, ann, 9)
    assert fruit_and_tools.rounds.count() == 1
    answer(fruit_and_tools, ann, 1)
    assert fruit_and_tools.rounds.count() == 2


@pytest.mark.parametrize("fields", [{"learning": False}, {"retrain_every": 0}])
def test_no_round_starts_by_itself_where_none_is_wanted(make_project, ann, answer, fields):
    project = make_project(labels=("fruit", "tools"), **{"retrain_every": 5, **fields})
    add_records(project, topics(20))
    answer(project, ann, 10)
    tasks.each_minute()
    assert not project.rounds.exists()


def test_a_round_starts_on_schedule_when_something_is_new(fruit_and_tools, ann, answer):
    choose(fruit_and_tools, retrain_minutes=5, acquisition="margin")
    tasks.each_minute()
    assert not fruit_and_tools.rounds.exists()
    answer(fruit_and_tools, ann, 6)
    tasks.each_minute()
    new_round = fruit_and_tools.rounds.get()
    assert new_round.trigger == "schedule"
    tasks.run_round(new_round.pk)
    answer(fruit_and_tools, ann, 1)
    tasks.each_minute()
    assert fruit_and_tools.rounds.count() == 1
    Round.objects.update(created_at=timezone.now() - timedelta(minutes=6))
    tasks.each_minute()
    assert fruit_and_tools.rounds.count() == 2


def test_the_minutes_job_is_scheduled_from_the_first_migration_on():
    assert Schedule.objects.get(func="learner.tasks.each_minute").minutes == 1


# The command.


def test_run_round_tells_what_it_did(fruit_and_tools, ann, answer, capsys):
    answer(fruit_and_tools, ann, 60)
    call_command("run_round", "Reviews")
    output = capsys.readouterr().out
    done = fruit_and_tools.rounds.get()
    assert f"60 labels, {done.n_pool} items scored, order 1 published" in output
    assert f"on {done.n_test} items served at random" in output
    assert "publish" in output


def test_run_round_can_leave_the_work_to_the_worker(fruit_and_tools, capsys):
    call_command("run_round", str(fruit_and_tools.pk), "--queue")
    assert OrmQ.objects.count() == 1
    assert "queued" in capsys.readouterr().out


def test_run_round_says_why_it_failed(fruit_and_tools, ann, answer):
    fruit_and_tools.features = "given_vectors"
    fruit_and_tools.save()
    answer(fruit_and_tools, ann, 20)
    with pytest.raises(CommandError, match="no vectors were sent"):
        call_command("run_round", "Reviews")
    with pytest.raises(CommandError, match="There is no project named 'Reviewz'; take the number"):
        call_command("run_round", "Reviewz")


def test_a_round_of_a_deleted_project_is_no_error(fruit_and_tools):
    new_round = rounds.ask(fruit_and_tools, CLICK)
    Item.objects.all().delete()
    new_round.delete()
    assert tasks.run_round(new_round.pk) == "deleted"
