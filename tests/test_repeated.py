"""The error of a test that was repeated is printed, by the process that sees all reports alone."""

import io
from types import SimpleNamespace
from typing import Any

import pytest
from _pytest._io import TerminalWriter

from tests import repeated


def printed(monkeypatch: pytest.MonkeyPatch, outcome: Any, **of_worker: Any) -> str:
    monkeypatch.setattr(repeated, "_repeated", [])
    report = pytest.TestReport("tests/test_a.py::test_b", ("", 0, ""), {}, outcome, "E  no such button", "call")
    repeated.pytest_runtest_logreport(report)
    file = io.StringIO()
    config = SimpleNamespace(get_terminal_writer=lambda: TerminalWriter(file), **of_worker)
    repeated.pytest_sessionfinish(SimpleNamespace(config=config))  # type: ignore[arg-type]
    return file.getvalue()


def test_a_repeated_test_says_what_went_wrong_at_first(monkeypatch):
    text = printed(monkeypatch, "rerun")
    assert "repeated: tests/test_a.py::test_b" in text and "E  no such button" in text


def test_other_reports_and_workers_print_nothing(monkeypatch):
    assert printed(monkeypatch, "passed") == ""
    assert printed(monkeypatch, "failed") == ""
    assert printed(monkeypatch, "rerun", workerinput={}) == ""
