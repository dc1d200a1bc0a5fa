"""When rounds start: by a click, after enough annotations, on schedule, or by the command."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from annotate.models import Item
from learner import rounds, tasks
from learner.models import Round
from projects.models import Project
from tests.learner.conftest import add_records, topics

pytestmark = pytest.mark.django_db
TRAINS = pytest.mark.slow(reason="some train for seconds")
CLICK = Round.Trigger.CLICK


def choose(project: Project, **fields: object) -> None:
    for name, value in fields.items():
        setattr(project, name, value)
    project.save()


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
