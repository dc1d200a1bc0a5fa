"""The tests of `make quick`: those nearest to what was changed come first; when its time is up the others are skipped.

`python tests/quick.py` prints the arguments for pytest: the test files that were changed; those that are named after a
changed file or its folder; those that import a changed module; the tables of who may call and open what, the words and
the docs; at last the pure library, which needs no database. What counts as changed is what differs from the commit at
which the branch left `main`, or from the last commit but one where that is the present one.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path, PurePath

import pytest

ROOT = Path(__file__).parents[1]
ALWAYS = ("test_words.py", "docs", "test_api_contract.py", "test_pages_contract.py", "annotate_kit")
LEFT_OUT = {"browser", "runtime", "client"}  # folders that need a browser, processes, or long
TESTED = {".py", ".js", ".html", ".css", ".sql"}
TOO_COMMON = {"static", "templates", "annotate", "projects", "accounts", "learner", "core", "config", "views"}
SCRIPTS = PurePath("tests/annotate/test_label_page.py")  # runs the tests of all scripts, with node
MOST = 25  # files, beside those of `ALWAYS`
UNTIL = float(os.environ.get("QUICK_UNTIL", "inf"))  # seconds since 1970
LEAST_SECONDS = 10


@cache
def deadline() -> float:
    """From the first test on: on a busy machine, where that starts late, some are run nevertheless."""
    return max(UNTIL, time.time() + LEAST_SECONDS)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if time.time() > deadline():
        pytest.skip("make quick had no time for it")


def main() -> None:
    changed = set(_lines("git", "diff", "--name-only", _base()))
    changed.update(_lines("git", "ls-files", "--others", "--exclude-standard"))
    sys.stdout.write(" ".join(nearest_first(changed, sorted((ROOT / "tests").rglob("test_*.py")))))


def _base() -> str:
    """The commit with which the files are compared."""
    fork = _lines("git", "merge-base", "HEAD", "main")
    same = fork == _lines("git", "rev-parse", "HEAD")
    return fork[0] if fork and not same else "HEAD~1"


def _lines(*command: str) -> list[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()


def nearest_first(changed: Iterable[str], tests: Iterable[Path]) -> list[str]:
    """The test files and folders to run, as arguments of pytest."""
    paths = [PurePath(path) for path in sorted(changed)]
    own = [path for path in paths if path.parts[0] == "tests" and path.name.startswith("test_")]
    others = [path for path in paths if path.parts[0] != "tests" and path.suffix in TESTED]
    candidates = [test.relative_to(ROOT) for test in tests if not LEFT_OUT & set(test.relative_to(ROOT).parts)]
    named = [test for test in candidates if any(is_named_after(path, test) for path in others)]
    modules = re.compile("|".join(module(path) for path in others if path.suffix == ".py") or "$^")
    importing = [test for test in candidates if modules.search((ROOT / test).read_text(encoding="utf-8"))]
    scripts = [SCRIPTS] if any(path.suffix == ".js" for path in paths) else []
    always = [PurePath("tests", name) for name in ALWAYS]
    files = dict.fromkeys([*own, *scripts, *[*named, *importing][:MOST], *always])
    return [str(path) for path in files if (ROOT / path).exists()]


def is_named_after(path: PurePath, test: PurePath) -> bool:
    """`test_merging_spans.py` is, of `annotate_kit/merging/boxes.py`."""
    words = {path.stem, *path.parts[1:-1]} - TOO_COMMON
    return any(test.stem == f"test_{word}" or test.stem.startswith(f"test_{word}_") for word in words)


def module(path: PurePath) -> str:
    """A pattern of how its name stands in a test: `import a.b.c` or `from a.b import c`."""
    name = path.parent if path.name == "__init__.py" else path.with_suffix("")
    folder = ".".join(name.parts[:-1])
    whole = rf"\b{re.escape('.'.join(name.parts))}\b"
    return whole + (rf"|from {re.escape(folder)} import .*\b{name.name}\b" if folder else "")


if __name__ == "__main__":
    main()
