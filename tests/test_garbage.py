"""The collector of garbage works while tests run, without the tests themselves."""

import gc
import weakref


class Person:
    """Somebody who holds on to themselves."""

    def __init__(self) -> None:
        self.me = self


def test_what_was_imported_is_put_aside():
    assert gc.get_freeze_count() > 100_000


def test_what_a_test_leaves_is_collected():
    ann = weakref.ref(Person())
    assert gc.isenabled()
    gc.collect()
    assert ann() is None
