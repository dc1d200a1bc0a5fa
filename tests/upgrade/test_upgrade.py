"""A database of an earlier version is brought up to date by `migrate`, and loses nothing.

The dump was written by `pg_dump --inserts` of the version before the mathematics became a library (commit 27bd08c):
three projects with answers, skips, an undo, reviews, comments, a flag, consensus, a renamed label and a round.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import global_settings
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from annotate import consensus
from annotate.models import Annotation, Item, Review
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from learner.models import Round
from projects.models import Project

DUMP = Path(__file__).with_name("site_of_version_0_1.sql.gz")
CHANGED = {"django_migrations", "django_content_type", "auth_permission", "django_q_schedule"}  # by every migrate

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def before_and_after(django_db_setup, django_db_blocker) -> Iterator[tuple[Rows, Rows]]:
    """All rows of the dump, and all rows once it was migrated, in a database of its own on the test's server."""
    present = connection.settings_dict["NAME"]
    name = f"{present}_upgraded"
    with django_db_blocker.unblock():
        execute(f'CREATE DATABASE "{name}"')
        use(name)
        execute(gzip.decompress(DUMP.read_bytes()).decode())
        use(name)  # the dump's settings of the session end with it
        before = rows()
        call_command("migrate", verbosity=0)
        yield before, rows()
        use(present)
        execute(f'DROP DATABASE "{name}"')


@pytest.fixture
def upgraded(before_and_after, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


def use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def rows() -> Rows:
    """Every row of every table, as JSON has it."""
    tables = connection.introspection.table_names()
    rows_of_tables = {}
    with connection.cursor() as cursor:
        for table in sorted(set(tables) - CHANGED):
            cursor.execute(f'SELECT to_jsonb(t) FROM "{table}" t')
            rows_of_tables[table] = [json.loads(row) if isinstance(row, str) else row for (row,) in cursor.fetchall()]
    return rows_of_tables


def names_of(row: dict[str, Any], columns: set[str]) -> str:
    return json.dumps({name: value for name, value in row.items() if name in columns}, sort_keys=True)


def test_every_row_is_there_with_all_its_values(before_and_after):
    before, after = before_and_after
    assert sum(map(len, before.values())) > 400
    for table, old in before.items():
        if not old:
            continue
        columns = set(old[0]) & set(after[table][0])
        assert {names_of(row, columns) for row in old} <= {names_of(row, columns) for row in after[table]}, table


def test_no_table_and_no_column_with_data_is_dropped(before_and_after):
    before, after = before_and_after
    assert not set(before) - set(after)
    for table, old in before.items():
        assert not old or set(old[0]) <= set(after[table][0]), table


def test_the_models_and_the_tables_agree(upgraded):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    for model in (Project, Item, Annotation, Review, Round):
        assert model.objects.count() == len(model.objects.all()), model


def test_passwords_are_as_before(upgraded, settings):
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS  # those of the product, not the quick one of tests
    assert User.objects.get(username="ann").check_password("ann's password")


def test_the_queue_keeps_its_promises_and_goes_on(upgraded):
    call_command("check_queue", verbosity=0)  # which fails where a promise is broken
    topics, ann = Project.objects.get(name="Topics"), User.objects.get(username="ann")
    leased = lease_next(topics, ann)
    submit(leased, "fruit")
    assert Annotation.objects.get(item=leased.item).value == "fruit"


def test_a_renamed_label_reviews_and_rounds_are_as_they_were(upgraded):
    reviews = Project.objects.get(name="Reviews")
    assert reviews.label_names == ["positive", "unfavourable", "mixed"]
    assert set(Annotation.objects.filter(project=reviews).values_list("value", flat=True)) <= set(reviews.label_names)
    assert sorted(Review.objects.values_list("verdict", flat=True)) == ["accepted", "corrected", "sent_back"]
    done = Round.objects.get()
    assert (done.status, done.n_labels) == ("finished", 60)


def test_consensus_goes_on_from_what_was_agreed(upgraded):
    reviews = Project.objects.get(name="Reviews")
    consensus.fresh(reviews, whole=True)
    agreed = dict(reviews.consensus_rows.values_list("item__external_id", "value"))
    assert (agreed["review-1"], agreed["review-2"]) == ("positive", "unfavourable")
