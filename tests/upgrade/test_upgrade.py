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
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from annotate import consensus
from annotate.items import deleted
from annotate.models import Annotation, DeletedRows, Deletion, Item, Review
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from learner.models import Round
from projects.models import Project

DUMP = Path(__file__).with_name("site_of_version_0_1.sql.gz")
CHANGED = {"django_migrations", "django_content_type", "auth_permission", "django_q_schedule"}  # by every migrate

OF_AN_ITEM = ("queueentry", "assignment", "annotation", "annotationchange", "review", "comment", "flag")
DELETED = "review-1"
# A deletion as it was stored up to migration 0023, a row for each row: of an item like DELETED, with its own numbers.
DELETION = """
    CREATE TEMPORARY TABLE source AS SELECT * FROM annotate_item WHERE external_id = %(item)s;
    INSERT INTO annotate_deletion (id, project_id, by_id, items, annotations, labels_version, created_at)
    SELECT 1, i.project_id, NULL, 1, 1, p.labels_version, now()
    FROM source i JOIN projects_project p ON p.id = i.project_id;
    INSERT INTO annotate_deletedrow (deletion_id, project_id, "table", row)
    SELECT 1, project_id, 'annotate_item', to_jsonb(source)
        || jsonb_build_object('id', id + 9000, 'external_id', 'deleted', 'text', E'"a\\\\b",\n[{é}]')
    FROM source
"""
DELETION_OF_ROWS = """
    INSERT INTO annotate_deletedrow (deletion_id, project_id, "table", row)
    SELECT 1, i.project_id, '{table}', jsonb_object_agg(
        each.key, CASE WHEN each.key IN ('id', 'item_id', 'assignment_id') THEN to_jsonb(each.value::bigint + 9000)
                       WHEN each.key = 'client_key' THEN 'null' ELSE each.value END
    ) FROM source i JOIN {table} t ON t.item_id = i.id CROSS JOIN jsonb_each(to_jsonb(t)) each
    GROUP BY i.project_id, t
"""

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
        MigrationExecutor(connection).migrate([("annotate", "0023_tell_machines_from_people")])
        delete_an_item()
        call_command("migrate", verbosity=0)
        call_command("createcachetable")
        yield before, rows()
        use(present)
        execute(f'DROP DATABASE "{name}"')


@pytest.fixture
def upgraded(before_and_after, django_db_blocker) -> Iterator[None]:
    """What a test changes is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def delete_an_item() -> None:
    with connection.cursor() as cursor:
        cursor.execute(DELETION, {"item": DELETED})
        for name in OF_AN_ITEM:
            cursor.execute(DELETION_OF_ROWS.format(table=f"annotate_{name}"))


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


def test_what_was_deleted_just_before_can_be_restored(upgraded):
    restored = deleted.restore(Deletion.objects.get(), None)
    assert (restored.items, restored.not_restored) == (1, 0)
    item, source = Item.objects.get(external_id="deleted"), Item.objects.get(external_id=DELETED)
    assert (item.text, item.digest) == ('"a\\b",\n[{é}]', source.digest)
    for name in OF_AN_ITEM:
        assert values_of(name, item) == values_of(name, source), name
    assert not DeletedRows.objects.exists()
    call_command("check_queue", verbosity=0)


def values_of(name: str, item: Item) -> list[dict[str, Any]]:
    """The rows of a table about an item, but for the numbers of the rows themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT to_jsonb(t) - '{{id,item_id,assignment_id,client_key}}'::text[] FROM annotate_{name} t "
            "WHERE item_id = %s ORDER BY item_id, 1",
            [item.pk],
        )
        return [json.loads(row) if isinstance(row, str) else row for (row,) in cursor.fetchall()]
