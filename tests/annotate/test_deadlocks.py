"""People change the queue from many sides at once, and nobody is told that something went wrong."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from annotate.queue.leasing import lease
from projects import members, setup
from projects.models import Membership, Project
from tests.conftest import add_texts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


def at_once(*functions: Callable[[], None]) -> list[BaseException]:
    """Run all at once, each with a connection of its own; the errors that came."""
    errors: list[BaseException] = []

    def run(function: Callable[[], None]) -> None:
        try:
            function()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return errors


def test_votes_wanted_change_while_members_with_leases_leave(make_project, mona, ann, abe):
    project = make_project(votes_wanted=3)
    add_texts(project, [f"text {number}" for number in range(300)])

    def change_votes() -> None:
        for n in range(25):
            setup.change(Project.objects.get(pk=project.pk), mona, {"votes_wanted": 3 + n % 2})

    def come_and_go() -> None:
        for _ in range(25):
            lease(project, ann, 100)
            members.remove(Membership.objects.get(project=project, user=ann), by=mona)
            members.add(project, ann, "annotator", by=mona)

    assert at_once(change_votes, come_and_go) == []
