"""The cast for a whole module: `mona, rita, ann, abe, make_project = lasting.CAST` at its top.

A fixture of the module's scope then sets up once what each test had to set up by itself; each test is taken back by
itself. Read anew from the database what tests change, since the objects are the same for all of them.
"""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from projects.models import Project
from tests.conftest import project_of


def person(name: str) -> Any:
    @pytest.fixture(scope="module", name=name)
    def fixture(module_transaction) -> User:
        return User.objects.create_user(name, password=f"{name}'s password")

    return fixture


@pytest.fixture(scope="module")
def make_project(mona, rita, ann, abe) -> Callable[..., Project]:
    """As in `tests/conftest.py`."""

    def make(labels: tuple[str, ...] = ("positive", "negative"), **fields) -> Project:
        return project_of(mona, rita, [ann, abe], labels, **fields)

    return make


CAST = (person("mona"), person("rita"), person("ann"), person("abe"), make_project)
