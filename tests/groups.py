"""Tests that share what is set up once for their module run in one process: two would both set it up."""

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    if shares_set_up(item) and not item.get_closest_marker("xdist_group"):
        item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(item.config.rootpath))))


def shares_set_up(item: pytest.Item) -> bool:
    fixtures = getattr(item, "_fixtureinfo", None)
    return bool(fixtures) and any(
        definition.scope == "module" and definition.func.__module__.startswith("tests.")  # others have plugins
        for definitions in fixtures.name2fixturedefs.values()
        for definition in definitions
    )
