"""The five promises of the queue, with eight processes at once, some of them killed in the middle of an act."""

import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import Count, F, Q

from accounts.models import User
from annotate.models import Annotation, Assignment, Item, QueueEntry, QueueState
from annotate.queue.leasing import lease, release, skip
from annotate.queue.submitting import submit, undo
from projects.models import Membership, Project
from tests.conftest import add_texts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
PEOPLE = 8


@pytest.fixture
def crowd(make_project) -> tuple[Project, list[User]]:
    """A project of 150 texts that wants two votes each, and eight people."""
    project = make_project(votes_wanted=2)
    people = [User.objects.create_user(f"person-{number}") for number in range(PEOPLE)]
    Membership.objects.bulk_create(Membership(project=project, user=person) for person in people)
    add_texts(project, [f"text {number}" for number in range(150)])
    return project, people


def in_processes(
    function: Callable[..., None], arguments: list[tuple], kill_when: Callable[[], bool] | None = None
) -> None:
    """Run `function` once for each tuple of arguments, each in its own process; SIGKILL them when `kill_when` holds."""
    connection.close()
    processes = [get_context("fork").Process(target=function, args=values) for values in arguments]
    for process in processes:
        process.start()
    if kill_when is not None:
        while not kill_when():
            time.sleep(0.01)
        for process in processes:
            os.kill(process.pid, signal.SIGKILL)
    for process in processes:
        process.join(60)
        assert process.exitcode == (0 if kill_when is None else -signal.SIGKILL)


def label_everything(project: Project, person: User, acknowledged: Path) -> None:
    """Lease and answer until nothing is left, changing one's mind now and then; note every acknowledged answer."""
    choose = random.Random(person.pk)
    with acknowledged.open("a") as notes:
        while leased := ask(project, person, choose.randint(1, 5)):
            for assignment in leased:
                if choose.random() < 0.1:
                    release(assignment)
                    continue
                key = uuid4()
                submit(assignment, "positive", key)
                if choose.random() < 0.1:
                    submit(assignment, "positive", key)
                notes.write(f"{key}\n")
                notes.flush()


def ask(project: Project, person: User, count: int) -> list[Assignment]:
    """The next items. Nothing is asked about again for two seconds, as the screen does: on a busy machine a look from
    the start takes long, and then the queue repeats it only after twenty times as long."""
    deadline = time.monotonic() + 2
    while not (leased := lease(project, person, count)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return leased


def change_ones_mind(project: Project, person: User, acknowledged: Path) -> None:
    """All acts at once: answer, take back, skip, release."""
    choose = random.Random(person.pk)
    for _ in range(40):
        for assignment in lease(project, person, 2):
            match choose.randrange(4):
                case 0:
                    submit(assignment, "negative")
                case 1:
                    submit(assignment, "negative")
                    undo(assignment)
                case 2:
                    skip(assignment)
                case 3:
                    release(assignment)


def places_are_counted_right() -> bool:
    """`taken` = live leases + annotations, for every item, and never more than wanted."""
    counted = Item.objects.annotate(
        live=Count("assignments", filter=Q(assignments__status="leased"), distinct=True),
        answered=Count("annotations", distinct=True),
    )
    return not counted.exclude(queueentry__taken=F("live") + F("answered")).exists() and not (
        QueueEntry.objects.filter(taken__gt=F("wanted")).exists()
    )


def keys_in(folder: Path) -> set[UUID]:
    """Every acknowledged answer, from whole lines only: a killed writer may leave half a line."""
    lines = [line for notes in folder.iterdir() for line in notes.read_text().split("\n")[:-1]]
    return {UUID(line) for line in lines}


def test_eight_people_at_once_give_each_item_the_votes_that_it_wants(crowd, tmp_path):
    project, people = crowd
    in_processes(label_everything, [(project, person, tmp_path / str(person.pk)) for person in people])
    assert places_are_counted_right()
    assert set(QueueEntry.objects.values_list("wanted", "taken")) == {(2, 2)}
    assert Annotation.objects.count() == 300
    assert keys_in(tmp_path) == set(Annotation.objects.values_list("client_key", flat=True))


def test_the_same_person_in_eight_windows_gets_every_item_once(crowd, tmp_path):
    project, people = crowd
    in_processes(label_everything, [(project, people[0], tmp_path / str(window)) for window in range(PEOPLE)])
    assert Annotation.objects.count() == 150
    assert places_are_counted_right()


def test_places_are_right_whatever_people_do_at_once(crowd, tmp_path):
    project, people = crowd
    in_processes(change_ones_mind, [(project, person, tmp_path) for person in people])
    assert places_are_counted_right()


def test_kill_9_loses_no_acknowledged_answer_and_every_lease_ends(crowd, tmp_path):
    project, people = crowd
    everybody = [(project, person, tmp_path / str(person.pk)) for person in people]
    in_processes(label_everything, everybody, kill_when=lambda: len(keys_in(tmp_path)) >= 40)
    acknowledged = keys_in(tmp_path)
    assert acknowledged <= set(Annotation.objects.values_list("client_key", flat=True))
    wait_for_the_dead()
    assert places_are_counted_right()

    Assignment.objects.live().update(expires_at=F("leased_at"))
    QueueState.objects.update(swept_at=None)
    in_processes(label_everything, everybody)
    assert places_are_counted_right()
    assert set(QueueEntry.objects.values_list("wanted", "taken")) == {(2, 2)}
    assert keys_in(tmp_path) <= set(Annotation.objects.values_list("client_key", flat=True))


def wait_for_the_dead() -> None:
    """The server may still be ending the statement of a killed client."""
    with connection.cursor() as cursor:
        for _ in range(100):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.05)
    pytest.fail("connections of killed processes are still open")
