"""The client against the app in this process."""

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from accounts.models import ApiToken
from config.wsgi import application

sys.path.insert(0, str(Path(__file__).parents[2] / "client"))
from annotate_client import Workspace


@pytest.fixture
def transport(db) -> Iterator[httpx.WSGITransport]:
    """The app in this process, on the test's own database connection: so requests may not close it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield httpx.WSGITransport(app=application)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def workspace(mona, transport) -> Workspace:
    return Workspace("http://testserver", ApiToken.objects.issue(mona)[1], transport=transport)
