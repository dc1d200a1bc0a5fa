"""Figures that take long are computed once for all web processes."""

import importlib
import time

import pytest

from annotate.statistics import cached as module

pytestmark = pytest.mark.django_db


def slow(value):
    time.sleep(module.EXPENSIVE + 0.05)
    return value


def test_another_process_shows_the_same_figures():
    assert module.cached(("progress", 1), lambda: slow(10)) == 10
    another_process = importlib.reload(module)
    assert another_process.cached(("progress", 1), lambda: slow(11)) == 10
    assert another_process.cached(("progress", 2), lambda: slow(12)) == 12


def test_nothing_to_show_is_cached_as_well():
    assert module.cached("nothing", lambda: slow(None)) is None
    assert module.cached("nothing", lambda: 1) is None


def test_quick_figures_are_computed_anew():
    assert [module.cached("quick", lambda: 1), module.cached("quick", lambda: 2)] == [1, 2]
