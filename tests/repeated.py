"""Why a browser test was repeated: its first error is printed at the end of the run, though it passed in the end."""

import pytest

_repeated: list[pytest.TestReport] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.outcome == "rerun":  # of pytest-rerunfailures
        _repeated.append(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):  # the workers of pytest-xdist send their reports
        return
    writer = session.config.get_terminal_writer()
    for report in _repeated:
        writer.line()
        writer.sep("_", f"repeated: {report.nodeid}")
        writer.line(report.longreprtext)
