"""Which tests `make quick` runs."""

import time

import pytest

from tests import quick

TESTS = sorted((quick.ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize(
    ("changed", "nearest"),
    [
        ("tests/annotate/test_done.py", "tests/annotate/test_done.py"),
        ("annotate/queue/leasing.py", "tests/annotate/test_leasing.py"),
        ("annotate_kit/merging/spans.py", "tests/annotate_kit/test_merging.py"),
        ("annotate/static/annotate/labelling/state.js", "tests/annotate/test_label_page.py"),
        ("runtime/worker_marks.py", "tests/test_words.py"),  # which has a test with processes only
    ],
)
def test_what_is_named_after_a_changed_file_comes_first(changed, nearest):
    assert quick.nearest_first([changed], TESTS)[0] == nearest


def test_what_imports_a_changed_module_comes_before_what_always_runs():
    files = quick.nearest_first(["annotate/queue/leasing.py"], TESTS)
    assert files.index("tests/annotate/test_leaving.py") < files.index("tests/test_words.py")


@pytest.mark.parametrize("changed", [[], ["README.md"], ["tests/annotate/test_deleted.py"]])
def test_where_no_code_changed_the_tables_and_the_library_are_checked(changed):
    assert quick.nearest_first(changed, TESTS) == [f"tests/{name}" for name in quick.ALWAYS]


def test_where_the_first_test_starts_late_there_are_ten_seconds(monkeypatch):
    monkeypatch.setattr(quick, "UNTIL", 0)
    assert quick.deadline.__wrapped__() == pytest.approx(time.time() + 10, abs=5)


def test_when_the_time_is_up_the_others_are_skipped(request, monkeypatch):
    quick.pytest_runtest_setup(request.node)
    monkeypatch.setattr(quick, "deadline", lambda: time.time() - 1)
    with pytest.raises(pytest.skip.Exception, match="make quick had no time for it"):
        quick.pytest_runtest_setup(request.node)
