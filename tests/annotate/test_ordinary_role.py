"""Imports and the deletion of projects where the database role is no superuser, so that all checks are made."""

import pytest
from django.db import connection

from core.postgres.foreign_keys import without_foreign_key_checks
from tests.annotate.test_importing import (  # noqa: F401  these run here once more
    project,
    test_a_changed_annotation_keeps_its_history,
    test_a_changed_row_changes_its_item_and_no_other,
    test_annotations_given_again_are_not_counted_again,
    test_given_annotations_are_kept_as_if_people_had_submitted_them,
    test_records_become_items_with_a_place_in_the_queue,
    test_the_same_file_again_changes_nothing,
)
from tests.annotate.test_items_bulk import (  # noqa: F401
    api,
    test_an_undo_brings_all_of_it_back,
    test_what_is_deleted_is_in_no_list_count_or_export,
)
from tests.annotate.test_leaving import (  # noqa: F401
    test_its_events_stay,
    test_no_row_of_it_is_left_in_any_table,
    worked_on,
)


@pytest.fixture(autouse=True)
def ordinary_role(db):
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE ROLE ordinary NOSUPERUSER;
            GRANT USAGE, CREATE ON SCHEMA public TO ordinary;
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ordinary;
            GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ordinary;
            SET LOCAL ROLE ordinary
            """
        )
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what would be checked at the commit


def test_the_checks_are_left_on(db):
    with connection.cursor() as cursor, without_foreign_key_checks(cursor):
        cursor.execute("SELECT current_user, current_setting('session_replication_role')")
        assert cursor.fetchone() == ("ordinary", "origin")
