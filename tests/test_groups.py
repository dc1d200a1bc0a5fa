"""Tests that share a set-up run in one process."""

import pytest


@pytest.fixture(scope="module")
def shared() -> list[int]:
    return []


def test_a_test_with_a_fixture_of_its_module_is_in_its_modules_group(request, shared):
    (group,) = request.node.get_closest_marker("xdist_group").args
    assert group == "tests/test_groups.py"


def test_any_other_test_runs_anywhere(request):
    assert request.node.get_closest_marker("xdist_group") is None


@pytest.mark.xdist_group("another")
def test_a_group_of_ones_own_stays(request, shared):
    assert [mark.args for mark in request.node.iter_markers("xdist_group")] == [("another",)]
