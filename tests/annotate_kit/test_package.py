"""The library installs alone, with all of its packages, and says what it lacks."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string
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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The library's wheel, built from a copy, without network."""
    place = tmp_path_factory.mktemp("wheel")
    shutil.copytree(KIT, place / "kit", ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    program = "from setuptools import build_meta; print(build_meta.build_wheel('.'))"
    subprocess.run([sys.executable, "-c", program], cwd=place / "kit", check=True, capture_output=True)
    (built,) = (place / "kit").glob("*.whl")
    return zipfile.ZipFile(built)


@pytest.mark.processes
def test_the_wheel_holds_every_module_and_nothing_else(wheel):
    modules = {f"annotate_kit/{file.relative_to(KIT)}" for file in KIT.rglob("*.py") if "build" not in file.parts}
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == modules
    assert sum(row.compress_size for row in wheel.infolist()) < 500_000


@pytest.mark.processes
def test_the_wheel_describes_itself_as_package_indexes_want_it(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = message_from_string(wheel.read(name).decode())
    assert (metadata["Name"], metadata["Description-Content-Type"]) == ("annotate-kit", "text/markdown")
    assert "](../" not in metadata.get_payload()  # such links lead nowhere once it is installed
    extras = {"deep", "embeddings", "excel", "images", "learn", "parquet", "sequence", "spacy"}
    assert set(metadata.get_all("Provides-Extra")) == extras
    required = [row for row in metadata.get_all("Requires-Dist") if "extra ==" not in row]
    assert {row.partition(">")[0] for row in required} == {"numpy", "scipy", "orjson"}


def test_the_readme_names_every_command_and_extra():
    from annotate_kit.cli.options import COMMANDS

    text = (KIT / "README.md").read_text()
    extras = tomllib.loads((KIT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert [name for name in [*COMMANDS, *extras] if f"| `{name}` |" not in text] == []
