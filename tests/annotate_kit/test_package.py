"""The library installs alone, with all of its packages, and says what it lacks."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

KIT = Path(__file__).parents[2] / "annotate_kit"


def test_the_distribution_names_every_package():
    folders = {file.parent.relative_to(KIT.parent) for file in KIT.rglob("__init__.py")}
    packages = {".".join(folder.parts) for folder in folders if "build" not in folder.parts}
    declared = tomllib.loads((KIT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert set(declared) == packages


def test_the_command_line_needs_numpy_scipy_and_orjson_alone():
    program = (
        "import sys\n"
        "for name in ('sklearn', 'PIL', 'pyarrow', 'django', 'torch'): sys.modules[name] = None\n"
        "from annotate_kit.cli import main\n"
        "sys.exit(main(['info']))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=KIT.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "dawid_skene" in done.stdout


@pytest.mark.processes
def test_manage_py_crowd_writes_nothing_but_what_it_is_told_to(tmp_path):
    manage = KIT.parent / "manage.py"
    environment = {"VAR": str(tmp_path / "var"), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, manage, "crowd", "simulate", tmp_path / "made", "--n-worker", "10"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert [path.name for path in tmp_path.iterdir()] == ["made"]
