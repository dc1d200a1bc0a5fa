"""The functions of queue.sql are those of this code after each `migrate`."""

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.state import StateApps

from annotate.queue.functions import install

FUNCTIONS = {
    "annotate_fair_share",
    "annotate_hash_share",
    "annotate_lease",
    "annotate_lease_predicted",
    "annotate_lock_cursor",
    "annotate_submit",
    "annotate_sweep",
    "annotate_wrapped",
}


def installed() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'annotate\\_%'")
        return dict(cursor.fetchall())


def test_they_are_installed(db):
    assert installed().keys() == FUNCTIONS


def test_migrate_replaces_those_of_former_code(db):
    own_functions = installed()
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION annotate_sweep")
        cursor.execute("CREATE FUNCTION annotate_sweep(p_project bigint) RETURNS void LANGUAGE plpgsql AS 'BEGIN END'")
    assert installed() != own_functions
    call_command("migrate", verbosity=0)
    assert installed() == own_functions


def test_nothing_is_installed_where_the_tables_were_migrated_away(db):
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION annotate_sweep")
    annotate = apps.get_app_config("annotate")
    install(annotate, using="default", apps=StateApps([], {}))
    assert "annotate_sweep" not in installed()
    install(annotate, using="default", apps=apps)
    assert "annotate_sweep" in installed()
