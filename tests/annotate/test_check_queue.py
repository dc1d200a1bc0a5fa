"""`manage.py check_queue` finds what breaks the promises of the queue, and says so."""

import io
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from annotate import consensus
from annotate.models import (
    Annotation,
    AnnotationChange,
    Assignment,
    Band,
    Consensus,
    ConsensusDue,
    Item,
    QueueEntry,
    Review,
)
from annotate.queue import ordering
from annotate.queue.leasing import lease, lease_next, skip
from annotate.queue.submitting import submit, undo
from annotate.reviews import accept, correct, send_back
from projects import setup
from projects.labels.rows import LabelRow
from projects.models import Project
from tests.annotate.test_leasing import expire
from tests.conftest import add_texts


@pytest.fixture
def used(make_project, ann, abe, rita) -> Project:
    """A project in which everything was done that can be done, in order."""
    project = make_project(votes_wanted=2)
    add_texts(project, [f"text {number}" for number in range(8)])
    key = uuid4()
    for n, leased in enumerate(lease(project, ann, 6)):
        submit(leased, ["positive", "negative"][n % 2], key if n == 0 else uuid4())
    first, second, third, fourth, *_ = Annotation.objects.order_by("pk")
    submit(first.assignment, "negative", uuid4())
    submit(first.assignment, "positive", key)
    undo(second.assignment)
    accept([third], rita)
    correct([fourth], rita, "positive")
    send_back([Annotation.objects.order_by("pk").last()], rita, "Look again")
    skip(lease_next(project, abe))
    expire(lease_next(project, abe))
    ordering.publish(project, list(project.items.values_list("pk", flat=True)))
    consensus.fresh(project)
    return project


def checked(*arguments: str) -> str:
    """What the command says when every promise is kept."""
    out = io.StringIO()
    call_command("check_queue", *arguments, stdout=out)
    return out.getvalue()


def problems(*arguments: str) -> str:
    """What the command says when it finds something."""
    out = io.StringIO()
    with pytest.raises(CommandError, match="broken"):
        call_command("check_queue", *arguments, stdout=out)
    return out.getvalue()


def test_a_project_in_good_order_is_clean(used):
    assert checked() == f"Reviews ({used.pk}): 8 items, 4 annotations\n  every promise is kept\n"
    assert checked("Reviews") == checked(str(used.pk)) == checked()


def test_a_project_that_there_is_not_is_named(used):
    with pytest.raises(CommandError, match="there is no project 'Nowhere'"):
        checked("Nowhere")


def test_expired_leases_are_no_problem_for_they_end(used, abe):
    assert Assignment.objects.filter(annotator=abe, status="leased").exists()
    checked()
    assert not Assignment.objects.filter(annotator=abe, status="leased").exists()


def without(constraint: str, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")


def count_wrong(used: Project) -> None:
    QueueEntry.objects.filter(item__external_id="item-3").update(taken=2)


def overfill(used: Project) -> None:
    without("never_more_people_than_wanted", "annotate_queueentry")
    QueueEntry.objects.filter(item__external_id="item-3").update(wanted=0)


def lose_an_annotation(used: Project) -> None:
    lost = Annotation.objects.get(item__external_id="item-3")
    QueueEntry.objects.filter(item=lost.item).update(taken=0)
    lost.delete()


def reopen_an_assignment(used: Project) -> None:
    Assignment.objects.filter(item__external_id="item-3", annotator__username="ann").update(status="skipped")


def store_twice(used: Project) -> None:
    Annotation.objects.update(client_key=uuid4())


def bring_a_replaced_answer_back(used: Project) -> None:
    change = AnnotationChange.objects.get(act="changed")
    Annotation.objects.filter(item=change.item, annotator=change.annotator).update(client_key=change.client_key)


def lease_for_ever(used: Project) -> None:
    Assignment.objects.filter(status="leased").update(expires_at=timezone.now() + timedelta(days=30))


def keep_what_was_sent_back(used: Project) -> None:
    Annotation.objects.update(created_at=timezone.now() - timedelta(hours=1))
    answer = Annotation.objects.get(item__external_id="item-3")
    Review.objects.create(
        project=used, item=answer.item, annotator=answer.annotator, verdict="sent_back", value=answer.value
    )


def leave_half_an_order(used: Project) -> None:
    Band.objects.create(project=used, generation=7, rank=1, item=used.items.first())


def forget_a_place(used: Project) -> None:
    QueueEntry.objects.filter(item__external_id="item-8").delete()


@pytest.mark.parametrize(
    ("break_it", "sentence"),
    [
        (count_wrong, "item-3 has 2 places taken, but 0 live leases and 1 annotations"),
        (overfill, "item-3 is with 1 people and has 1 places taken, but wants 0"),
        (lose_an_annotation, "item-3 was submitted by ann, but the annotation is missing"),
        (reopen_an_assignment, "item-3 is annotated by ann, but the assignment of this annotation is skipped"),
        (store_twice, "ann has 4 annotations, of item-1 and item-5 among others, with the client_key"),
        (bring_a_replaced_answer_back, "item-1 has an annotation of ann with the client_key"),
        (lease_for_ever, "item-2 is leased to ann until"),
        (keep_what_was_sent_back, "item-3 was sent back to ann, but the former annotation is still in force"),
        (leave_half_an_order, "generation 7 of the order has 1 items, but generation 1 is in force"),
        (forget_a_place, "item-8 has no place in the queue"),
    ],
)
def test_what_is_wrong_is_told(used, break_it: Callable[[Project], None], sentence):
    break_it(used)
    assert sentence in problems()


def test_a_constraint_that_is_missing_is_told(used):
    without("assignment_once_a_pair", "annotate_assignment")
    assert problems().startswith(
        "  BROKEN: the database has the constraints that keep the promises\n    assignment_once_a_pair\n"
    )


def test_only_the_first_of_many_are_shown(used):
    QueueEntry.objects.update(taken=2, wanted=3)
    report = problems()
    assert report.count(" has 2 places taken") == 5
    assert "\n    and 2 more\n" in report


class TestOrphans:
    """Values under a name that no label has any more, as former versions left them behind."""

    @pytest.fixture
    def renamed(self, used, mona) -> Project:
        for name in ("good", "very good"):
            label, other = used.labels.order_by("position")
            setup.set_labels(used, mona, [LabelRow(name, id=label.pk), LabelRow(other.name, id=other.pk)])
        consensus.fresh(used)
        Annotation.objects.filter(item__external_id="item-3").update(value="good")
        Item.objects.filter(external_id="item-3").update(gold="positive")
        Consensus.objects.filter(item__external_id="item-1").update(value="good")
        return used

    def test_they_are_told(self, renamed):
        report = problems()
        assert "  BROKEN: every value names labels that there are\n    'good' stands in 1 annotations\n" in report
        assert "'good' stands in 1 consensus\n" in report
        assert "'positive' stands in 1 items\n" in report

    def test_they_are_repaired_by_the_history_of_names(self, renamed):
        checked("--repair")
        assert Item.objects.get(external_id="item-3").gold == "very good"
        assert Annotation.objects.get(item__external_id="item-3").value == "very good"
        assert ConsensusDue.objects.filter(item__external_id="item-3").exists()

    def test_the_migration_repairs_them(self, renamed):
        self.migrate()
        checked()
        assert Item.objects.get(external_id="item-3").gold == "very good"
        assert ConsensusDue.objects.filter(item__external_id="item-3").exists()

    def test_the_migration_repairs_lists_of_labels(self, make_project, ann, mona):
        project = make_project(labels=("cheap", "good", "slow"), task_type="multiple_choice")
        add_texts(project, ["one"])
        submit(lease_next(project, ann), ["good", "slow"])
        names = ["cheap", "slow", "fine"]
        ids = {label.name: label.pk for label in project.labels.all()} | {"fine": project.labels.get(name="good").pk}
        setup.set_labels(project, mona, [LabelRow(name, id=ids[name]) for name in names])
        Annotation.objects.update(value=["good", "slow"])
        self.migrate()
        assert Annotation.objects.get().value == ["slow", "fine"]

    def test_a_name_that_nobody_knows_stays_and_is_told(self, renamed):
        Annotation.objects.filter(item__external_id="item-4").update(value="nonsense")
        assert "'nonsense' stands in 1 annotations" in problems("--repair")

    @staticmethod
    def migrate() -> None:
        migration = import_module("annotate.migrations.0008_repair_values_under_former_names")
        migration.repair(apps, SimpleNamespace(connection=connection))
