"""The cast: mona manages, rita reviews, ann and abe annotate, otto is an outsider."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

from accounts.models import User
from annotate.imports.run import import_records
from annotate_kit.formats.records import Record
from core.postgres.foreign_keys import without_foreign_key_checks
from projects.models import Label, Membership, Project, Role
from tests.cpu_time import pytest_runtest_call, pytest_terminal_summary  # noqa: F401
from tests.database import django_db_setup  # noqa: F401
from tests.garbage import pytest_collection_finish  # noqa: F401
from tests.groups import pytest_itemcollected  # noqa: F401
from tests.quick import pytest_runtest_setup  # noqa: F401
from tests.repeated import pytest_runtest_logreport, pytest_sessionfinish  # noqa: F401
from tests.shuffling import pytest_addoption, pytest_collection_modifyitems  # noqa: F401

# Made by migrations; no test changes them.
NEVER_EMPTIED = {"django_q_schedule", "django_content_type", "auth_permission", "django_site"}


@pytest.fixture(scope="session", autouse=True)
def _empty_quickly() -> Iterator[None]:
    """After a test with transactions of its own its rows are deleted.

    Django's way, TRUNCATE of every table and all permissions made again, takes a second each time.
    """
    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: _empty())
    yield
    patch.undo()


def _empty() -> None:
    tables = sorted(set(connection.introspection.django_table_names()) - NEVER_EMPTIED)
    with transaction.atomic(), connection.cursor() as cursor, without_foreign_key_checks(cursor):  # none is left
        cursor.execute("; ".join(f'DELETE FROM "{table}"' for table in tables))


@pytest.fixture(scope="module")
def module_transaction(request, django_db_blocker) -> Iterator[None]:
    """What fixtures of the module store is there for all of its tests, and each test is taken back by itself.

    For tables in which hundreds of tests look at the same project. A test with transactions of its own, or one that
    waits for a lease to end, cannot have it.
    """
    request.getfixturevalue("django_db_setup")
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def mona(db) -> User:
    return User.objects.create_user("mona", password="mona's password")


@pytest.fixture
def rita(db) -> User:
    return User.objects.create_user("rita", password="rita's password")


@pytest.fixture
def ann(db) -> User:
    return User.objects.create_user("ann", password="ann's password")


@pytest.fixture
def abe(db) -> User:
    return User.objects.create_user("abe", password="abe's password")


@pytest.fixture
def otto(db) -> User:
    return User.objects.create_user("otto", password="otto's password")


@pytest.fixture
def make_project(mona, rita, ann, abe) -> Callable[..., Project]:
    """A project with the cast as members: `make_project(labels=["yes", "no"], votes_wanted=2, …)`."""

    def make(labels: tuple[str, ...] = ("positive", "negative"), **fields) -> Project:
        return project_of(mona, rita, [ann, abe], labels, **fields)

    return make


def project_of(manager: User, reviewer: User, annotators: list[User], labels: tuple[str, ...], **fields) -> Project:
    project = Project.objects.create(**{"name": "Reviews", **fields})
    Label.objects.bulk_create(
        Label(project=project, name=name, position=place, hotkey=str((place + 1) % 10) if place < 10 else "")
        for place, name in enumerate(labels)
    )
    roles = [(manager, Role.MANAGER), (reviewer, Role.REVIEWER), *((user, Role.ANNOTATOR) for user in annotators)]
    Membership.objects.bulk_create(Membership(project=project, user=user, role=role) for user, role in roles)
    return project


@pytest.fixture
def reviews(make_project) -> Project:
    """Ten short texts, two labels, one vote wanted."""
    project = make_project()
    add_texts(project, [f"text {number}" for number in range(10)])
    return project


def add_texts(project: Project, texts: list[str], **fields) -> None:
    """Import texts; item n has the external_id `item-n`."""
    report = import_records(
        project,
        (Record(row=row, external_id=f"item-{row}", text=text, **fields) for row, text in enumerate(texts, start=1)),
    )
    assert not report.rejected_count, report.rejected


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of research data; tests that need it fail clearly without it."""
    folder = Path(os.environ.get("ANNOTATE_DATA", Path(__file__).parents[1] / "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.fail(f"The research data is not at {folder}; set ANNOTATE_DATA to its folder, or leave out -m realdata.")
    return folder
