"""The application that the web processes load."""

import os
import subprocess
import sys
from importlib import import_module

import pytest

from config import env, settings

PRINT_IMPORTED = """
import sys
import django
django.setup()
print(*sys.modules)
import config.wsgi
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> list[set[str]]:
    """What a process has imported once it can use the models, and then when it can answer."""
    environment = {"EMBEDDED": "1", "VAR": str(tmp_path_factory.mktemp("var"))}
    command = [sys.executable, "-c", PRINT_IMPORTED]
    printed = subprocess.check_output(command, cwd=env.ROOT, env={**os.environ, **environment}, text=True)
    return [set(line.split()) for line in printed.splitlines()]


def test_all_views_and_the_usual_consensus_are_imported_before_the_first_request(imported):
    assert {"annotate.urls", "annotate_kit.aggregation.auto"} <= imported[-1]


def test_a_process_starts_without_the_optimisers_of_scipy(imported):
    """They take a fifth of the start, and few requests use them."""
    assert "scipy.optimize" not in imported[-1]


def test_commands_start_without_views_and_the_parts_of_scipy(imported):
    """Views take a third of the start, sparse matrices and functions a fifth, and few commands use them."""
    assert "django" in imported[0]
    assert not {"annotate.urls", "scipy.sparse", "scipy.special"} & imported[0]


def test_an_import_in_tests_leaves_debug_as_it_is():
    """Processes started later inherit the environment, pytest's own among them.""" ""
    import_module("config.wsgi")
    assert env.get("DEBUG") == settings.DEBUG
