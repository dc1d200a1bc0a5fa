"""Projects in which there is something to learn, and a person who answers with the known right values."""

import copy
from collections.abc import Callable, Iterator

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from annotate.imports.run import import_records
from annotate.models import Band, Item, QueueState
from annotate.queue.leasing import lease
from annotate.queue.submitting import submit
from annotate_kit.formats.records import Record
from core import storage_folders
from learner import rounds
from learner.models import Round
from projects.models import Project
from tests import lasting

TOPICS = {"fruit": ["apple", "pear", "plum", "cherry"], "tools": ["hammer", "saw", "chisel", "drill"]}


TESTS_OWN = 1001  # from here on the rows of single tests are numbered where a module has rows of its own


@pytest.fixture(scope="module")
def module_transaction(module_transaction) -> None:
    number_from(1)
    storage_folders.remove("features")


@pytest.fixture(autouse=True)
def numbers_from_one(request) -> Iterator[None]:
    """Projects, items and rounds count from 1: the lots that are drawn by these numbers are the same in every order of
    the tests. What projects of these numbers stored before is removed; what a module set up is stored again."""
    if not (request.node.get_closest_marker("django_db") or "db" in request.fixturenames):
        yield
    elif getattr(request.module, "make_project", None) is lasting.make_project:
        request.getfixturevalue("db")
        number_from(TESTS_OWN)
        files = copy.deepcopy(default_storage._root)
        yield
        default_storage._root = files
    else:
        request.getfixturevalue("db")
        number_from(1)
        storage_folders.remove("features")
        yield


def number_from(first: int) -> None:
    with connection.cursor() as cursor:
        for table in ("projects_project", "annotate_item", "learner_round"):
            cursor.execute(f"ALTER SEQUENCE {table}_id_seq RESTART WITH {first}")


def add_records(project: Project, records: list[dict]) -> None:
    named = ({"external_id": f"item-{row}", **record} for row, record in enumerate(records, start=1))
    report = import_records(project, (Record(row=row, **record) for row, record in enumerate(named, start=1)))
    assert not report.rejected_count, report.rejected


def topics(n: int) -> list[dict]:
    """Texts about fruit and tools in turn; each has one word that tells."""
    names = list(TOPICS)
    return [
        {"text": f"number {place} is a {TOPICS[names[place % 2]][place // 2 % 4]}", "gold": names[place % 2]}
        for place in range(n)
    ]


@pytest.fixture
def fruit_and_tools(make_project) -> Project:
    return of_fruit_and_tools(make_project)


def of_fruit_and_tools(make_project: Callable[..., Project]) -> Project:
    """200 texts that a model can tell apart."""
    project = make_project(labels=("fruit", "tools"), retrain_every=0)
    add_records(project, topics(200))
    return project


@pytest.fixture(scope="session")
def answer() -> Callable[..., list[Item]]:
    """`answer(project, ann, 20)`: this person leases so many items and says what is right; returns them."""

    def answer(project: Project, person, count: int, value: Callable[[Item], object] | None = None) -> list[Item]:
        answered: list[Item] = []
        while len(answered) < count and (leased := lease(project, person, min(20, count - len(answered)))):
            items = project.items.in_bulk([assignment.item_id for assignment in leased])
            for assignment in leased:
                item = items[assignment.item_id]
                submit(assignment, value(item) if value else item.gold)
                answered.append(item)
        return answered

    return answer


def run_round(project: Project) -> Round:
    """A round of the project that has ended, well or not."""
    return rounds.run(rounds.begin(project, Round.Trigger.CLICK)[0])


def finished_round(project: Project) -> Round:
    done = run_round(project)
    assert done.status == "finished", done.reason
    return done


def published_order(project: Project) -> list[int]:
    """The items of the newest order, the first first."""
    generation = QueueState.objects.get(project=project).generation
    rows = Band.objects.filter(project=project, generation=generation).order_by("rank")
    return list(rows.values_list("item", flat=True))
