"""The application that the web processes load."""

import os
import subprocess
import sys

from config import env


def test_all_views_and_the_usual_consensus_are_imported_before_the_first_request(tmp_path):
    modules = {"annotate.urls", "annotate_kit.aggregation.auto"}
    code = f"import sys, config.wsgi; sys.exit(not {modules} <= sys.modules.keys())"
    environment = {**os.environ, "EMBEDDED": "1", "VAR": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", code], cwd=env.ROOT, env=environment).returncode == 0


def test_a_process_starts_without_the_optimisers_of_scipy(tmp_path):
    """They take a fifth of the start, and few requests use them."""
    code = "import sys, config.wsgi; sys.exit('scipy.optimize' in sys.modules)"
    environment = {**os.environ, "EMBEDDED": "1", "VAR": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", code], cwd=env.ROOT, env=environment).returncode == 0
