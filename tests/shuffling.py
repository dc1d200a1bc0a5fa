"""`pytest --shuffle 3`: the modules in a random order, and the tests within each, the same for the same number."""

import random

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle", type=int, metavar="SEED", help="run modules and their tests in a random order")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if (seed := config.getoption("--shuffle")) is not None:
        dice = random.Random(seed)
        of_module = {path: dice.random() for path in sorted({str(item.path) for item in items})}
        places = {item.nodeid: (of_module[str(item.path)], dice.random()) for item in items}
        items.sort(key=lambda item: places[item.nodeid])
