"""Folders that the built-in PostgreSQL can use: started by root it runs as another user, who may not enter pytest's."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One for all tests of a module."""
    folder = Path(tempfile.mkdtemp(prefix="annotate-test-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def installed() -> Iterator[Path]:
    """One for all modules that watch an installation at work: whoever comes second finds its database there."""
    folder = Path(tempfile.mkdtemp(prefix="annotate-test-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="annotate-test-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
