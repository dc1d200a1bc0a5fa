"""Transactions that run again when the database ended them so that others could go on."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction

ATTEMPTS = 4
LONGEST_PAUSE = 0.05  # seconds, so that two do not meet again
DEADLOCK, SERIALIZATION_FAILURE, FOREIGN_KEY_VIOLATION = "40P01", "40001", "23503"

P = ParamSpec("P")
T = TypeVar("T")


def atomic(function: Callable[P, T]) -> Callable[P, T]:
    """Run a function in a transaction, and again from its beginning after a deadlock or a serialization failure.

    What it changes in memory must not change what it does when it is called again. Inside another transaction it is
    part of that one, whose outermost function is run again.
    """

    @wraps(function)
    def in_transaction(*args: P.args, **kwargs: P.kwargs) -> T:
        with transaction.atomic():
            return function(*args, **kwargs)

    return retried(in_transaction)


def retried(function: Callable[P, T]) -> Callable[P, T]:
    """Run a function again after a deadlock or a serialization failure; for one that is a single statement."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(ATTEMPTS - 1):
            try:
                return function(*args, **kwargs)
            except OperationalError as error:
                if connection.in_atomic_block or not may_be_retried(error):
                    raise
            time.sleep(random.uniform(0, LONGEST_PAUSE))
        return function(*args, **kwargs)

    return run


def retried_without_deleted(function: Callable[P, T]) -> Callable[P, T]:
    """As `retried`, and also after the function stored a row of something that was deleted meanwhile.

    For one that begins by looking at what is there, so that the second time it passes over what was deleted.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(2 * ATTEMPTS - 1):
            try:
                return function(*args, **kwargs)
            except (IntegrityError, OperationalError) as error:
                code = getattr(error.__cause__, "pgcode", None)
                if connection.in_atomic_block or code not in (DEADLOCK, SERIALIZATION_FAILURE, FOREIGN_KEY_VIOLATION):
                    raise
            time.sleep(random.uniform(0, LONGEST_PAUSE * 2**attempt))  # whoever deletes may not be done
        return function(*args, **kwargs)

    return run


def may_be_retried(error: OperationalError) -> bool:
    """Whether the database ended the transaction only because of others that ran at the same time."""
    return getattr(error.__cause__, "pgcode", None) in (DEADLOCK, SERIALIZATION_FAILURE)
