"""Folders of answers, and the command that reads them."""

import json

import pytest

from annotate_kit import cli

SIMULATE_OPTIONS = ["--n-worker=9", "--n-task=60", "--n-classes=3", "--feedback=4", "--ratio=0.34", "--seed=5"]

TOY = {"0": {"0": 1, "1": 0, "2": 1, "3": 1}, "1": {"0": 1, "2": 0, "3": 0}, "2": {"1": 1, "3": 1}}


@pytest.fixture
def toy(tmp_path):
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "answers.json").write_text(json.dumps(TOY))
    (folder / "metadata.json").write_text('{"name": "toy-data", "n_classes": 2, "n_workers": 4}')
    return folder


@pytest.fixture
def crowd():
    """Run the command; its JSON when that was asked for, else what it printed."""

    def run(*arguments):
        out = cli.run([str(argument) for argument in arguments])
        return json.loads(out) if "--json" in arguments else out

    return run


@pytest.fixture
def crowd_folder(tmp_path, crowd):
    """A folder of nine people who label 60 tasks, four answers each; a third of the people guess."""
    crowd(
        "simulate",
        tmp_path / "made",
        *SIMULATE_OPTIONS,
    )
    return tmp_path / "made"


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
