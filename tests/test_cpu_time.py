"""A plain test that takes long fails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import cpu_time


def run(item, monkeypatch, slowness: float) -> None:
    """A test that does nothing, where that is too long."""
    with monkeypatch.context() as patch:
        patch.setattr(cpu_time, "SECONDS", -1)
        patch.setattr(cpu_time, "slowness", lambda: slowness)
        steps = cpu_time.pytest_runtest_call(item)
        next(steps)
        with pytest.raises(StopIteration):
            steps.send(None)


def test_a_plain_test_that_takes_long_fails(request, monkeypatch):
    with pytest.raises(pytest.fail.Exception, match="more than -1: make it quicker, or mark it slow"):
        run(request.node, monkeypatch, slowness=1)


def test_on_a_slower_machine_it_may_take_as_much_longer(request, monkeypatch):
    run(request.node, monkeypatch, slowness=-100)


@pytest.mark.slow(reason="shows that such a test passes")
def test_one_that_is_marked_may_take_long(request, monkeypatch):
    run(request.node, monkeypatch, slowness=1)


def test_the_first_to_import_a_library_may_take_as_long_as_that(request, monkeypatch):
    monkeypatch.setattr(cpu_time, "FEW_MODULES", -1)
    run(request.node, monkeypatch, slowness=1)


@given(st.none())
def test_what_hypothesis_prepares_once_is_no_tests_own_time(nothing):
    assert cpu_time._characters.cache_info().currsize


def test_no_machine_is_taken_for_a_quicker_one():
    assert cpu_time.slowness() >= 1


@pytest.mark.parametrize(("times", "busyness"), [(0.5, 1), (1, 1), (3, 3)])
def test_a_limit_of_time_is_moved_by_how_much_longer_everything_takes(monkeypatch, times, busyness):
    monkeypatch.setattr(cpu_time, "_seconds_of_a_sum", lambda clock: times * cpu_time.SUM_SECONDS)
    assert cpu_time.busyness() == pytest.approx(busyness)
