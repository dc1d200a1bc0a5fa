"""What the database ends to untie a deadlock is done again."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from accounts.models import User
from core.postgres.transactions import atomic, retried

pytestmark = pytest.mark.django_db(transaction=True)


def lock_in_both_orders(ann, abe, atomic) -> list[BaseException]:
    """Two people's rows, locked by two threads in opposite orders, each having one before it wants the other."""
    both_have_one = threading.Barrier(2, timeout=5)
    first_time = threading.local()
    errors: list[BaseException] = []

    @atomic
    def lock(users) -> None:
        for user in users:
            User.objects.select_for_update().get(pk=user.pk)
            if not vars(first_time).get("over"):
                first_time.over = True
                both_have_one.wait()

    def run(users) -> None:
        try:
            lock(users)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[users]) for users in ([ann, abe], [abe, ann])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return errors


def test_a_deadlock_is_an_error_of_one_of_the_two(ann, abe):
    [error] = lock_in_both_orders(ann, abe, transaction.atomic)
    assert "deadlock detected" in str(error)


def test_with_retries_nobody_hears_of_it(ann, abe):
    assert lock_in_both_orders(ann, abe, atomic) == []


def test_other_errors_come_at_once(ann):
    calls = []

    @retried
    def fail() -> None:
        calls.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 1; SELECT pg_sleep(1)")

    with pytest.raises(OperationalError, match="statement timeout"):
        fail()
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")
    assert len(calls) == 1


def test_what_fails_again_and_again_is_an_error_in_the_end(db):
    calls = []

    @atomic
    def fail() -> None:
        calls.append(1)
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$")

    with pytest.raises(OperationalError, match="again"):
        fail()
    assert len(calls) == 4


def test_within_another_transaction_the_outermost_is_run_again(ann):
    inner, outer = [], []

    @atomic
    def fail_once() -> None:
        inner.append(1)
        if len(inner) == 1:
            with connection.cursor() as cursor:
                cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$")

    @atomic
    def rename_and_more() -> None:
        outer.append(1)
        User.objects.filter(pk=ann.pk).update(first_name="Ann" * len(outer))
        fail_once()

    rename_and_more()
    assert (len(inner), len(outer)) == (2, 2)
    assert User.objects.get(pk=ann.pk).first_name == "AnnAnn"
