"""The web server's own processes."""

import os
import socket
import subprocess
import urllib.request
from collections.abc import Iterator

import psutil
import pytest

from config import env
from runtime.management.commands.web import STOP_SECONDS, web_command
from tests.runtime.installation import eventually

pytestmark = pytest.mark.processes

NO_DATABASE = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "SECRET_KEY": "any", "DEBUG": "0"}


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(settings, port, tmp_path) -> Iterator[psutil.Process]:
    """One process, which takes more memory than it may."""
    settings.WEB_WORKERS, settings.WEB_PROCESS_MB = 1, 1
    environment = {**os.environ, **NO_DATABASE, "VAR": str(tmp_path)}
    server = subprocess.Popen(web_command("127.0.0.1", port), cwd=env.ROOT, env=environment, start_new_session=True)
    yield psutil.Process(server.pid)
    server.terminate()
    assert server.wait(2 * STOP_SECONDS) == 0  # the next process may just be starting, and is killed in the end


def test_a_process_that_takes_too_much_memory_is_replaced_by_one_that_serves_already(server, port):
    def answers() -> bool:
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10).status == 200
        except OSError:
            return False

    assert eventually(server.children)
    first = server.children()[0]
    assert eventually(answers)
    assert eventually(lambda: len(server.children()) == 2), "the next one beside it"
    assert eventually(lambda: first not in server.children())
    assert eventually(answers)
