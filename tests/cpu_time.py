"""How much CPU time each test takes: the slowest are printed.

It is the time of the test's own process, not of the database, so the figures are nearly the same on a busy machine.
A plain test that takes more than two seconds fails, unless it is marked `slow` with a reason; on a slower machine it
may take as much longer as a fixed sum does. `SLOW_TEST_SECONDS` sets another limit.
"""

import os
import sys
import time
from collections.abc import Callable, Generator
from functools import cache
from typing import Any

import pytest

SECONDS = float(os.environ.get("SLOW_TEST_SECONDS", "2"))
MAY_BE_SLOW = ("slow", "browser", "processes", "realdata")
FEW_MODULES = 20  # a test that is the first to import more than these, of a library, says nothing about its own time
PRINTED = 20
SUM_SECONDS = 0.038  # what `_seconds_of_a_sum` is there
BUSY_SUMS = 8  # a scheduler gives processors in turns of a few milliseconds


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        _characters()
    modules, began = len(sys.modules), time.process_time()
    result = yield
    seconds = time.process_time() - began
    item.user_properties.append(("cpu seconds", seconds))
    marked = any(item.get_closest_marker(name) for name in MAY_BE_SLOW)
    imports = len(sys.modules) - modules > FEW_MODULES
    if seconds > SECONDS and not marked and not imports and seconds > SECONDS * slowness():
        pytest.fail(
            f"It took {seconds:.1f} s of CPU time, more than {SECONDS:g}: make it quicker, or mark it slow.",
            pytrace=False,
        )
    return result


@cache
def _characters() -> None:
    """Have Hypothesis make its tables of characters, which take a second in a new clone, of no test's own time."""
    from hypothesis import strategies

    strategies.text().validate()


def slowness() -> float:
    """How many times as long as a processor of 2.5 GHz this one takes just now, at least 1."""
    return max(1.0, *(_seconds_of_a_sum() / SUM_SECONDS for _ in range(3)))


def busyness() -> float:
    """How many times as long as on an idle processor of 2.5 GHz something takes just now, at least 1: for time limits.

    The processor's own time does not tell it: a process may wait long until it gets one.
    """
    return max(1.0, sum(_seconds_of_a_sum(time.monotonic) for _ in range(BUSY_SUMS)) / BUSY_SUMS / SUM_SECONDS)


def _seconds_of_a_sum(clock: Callable[[], float] = time.process_time) -> float:
    began = clock()
    sum(number * number for number in range(500_000))
    return clock() - began


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [
        (dict(report.user_properties)["cpu seconds"], report.nodeid)
        for name in ("passed", "failed")
        for report in terminalreporter.stats.get(name, [])
        if "cpu seconds" in dict(getattr(report, "user_properties", []))
    ]
    if len(reports) > PRINTED:
        terminalreporter.section(f"the {PRINTED} tests that took most CPU time, of {sum(s for s, _ in reports):.0f} s")
        for seconds, name in sorted(reports, reverse=True)[:PRINTED]:
            terminalreporter.write_line(f"{seconds:6.2f} s  {name}")
